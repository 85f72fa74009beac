import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenOptions {
  readonly claims?: object;
  readonly header?: object;
  readonly key?: KeyObject;
}

/** Somebody who signs tokens, with its keys where a JWKS is looked for. */
export interface Issuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly publicKey: KeyObject;
  /** A good token of all scopes, but for what is said. */
  token(options?: TokenOptions): string;
  close(): Promise<void>;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs a token as it is told, right or wrong. RS256 and ES256. */
export function signToken(header: object, claims: object, key: KeyObject): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'good', use: 'sig', alg: 'RS256' }];
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = 'https://issuer.example/';
  const audience = 'tandem';
  return {
    issuer,
    audience,
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publicKey,
    token({ claims, header, key = privateKey } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return signToken(
        { alg: 'RS256', kid: 'good', typ: 'JWT', ...header },
        { iss: issuer, aud: audience, sub: 'ada', exp: now + 3600, scope: 'admin', ...claims },
        key,
      );
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
