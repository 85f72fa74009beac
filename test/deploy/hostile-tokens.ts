import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type Issuer, signToken } from '../support/issuer.ts';

/** A request that must not get in: what it is, its headers, the path where that matters, and its answer. */
export interface HostileRequest {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly status: 401 | 403;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens and requests of somebody who knows all that is public: our code, the issuer's keys, the claims. */
export function hostileRequests(issuer: Issuer, attackerUrl: string): HostileRequest[] {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ownJwk = own.publicKey.export({ format: 'jwk' });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer.issuer,
    aud: issuer.audience,
    sub: 'canary-subject-31337',
    exp: now + 3600,
    scope: 'admin',
  };
  const good = issuer.token({ claims });
  const [head = '', body = '', signature = ''] = good.split('.');
  const rs256 = { alg: 'RS256', kid: 'good', typ: 'JWT' };

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const token = (name: string, text: string, status: 401 | 403 = 401): HostileRequest => ({
    name,
    headers: bearer(text),
    status,
  });
  const claimed = (name: string, change: object, status: 401 | 403 = 401): HostileRequest =>
    token(name, issuer.token({ claims: { ...claims, ...change } }), status);
  const forged = (name: string, header: object): HostileRequest =>
    token(name, signToken({ ...rs256, ...header }, claims, own.privateKey));
  const hmac = (name: string, key: string | Buffer, header: object = {}): HostileRequest => {
    const input = `${part({ alg: 'HS256', kid: 'good', typ: 'JWT', ...header })}.${body}`;
    const made = createHmac('sha256', key).update(input).digest('base64url');
    return token(name, `${input}.${made}`);
  };
  const renamed = (alg: string): HostileRequest =>
    token(
      `the algorithm ${alg} under a good key`,
      `${part({ ...rs256, alg })}.${body}.${signature}`,
    );

  return [
    { name: 'no token', headers: {}, status: 401 },
    { name: 'a password', headers: { authorization: 'Basic YWRtaW46YWRtaW4=' }, status: 401 },
    { name: 'a scheme without a token', headers: { authorization: 'Bearer' }, status: 401 },
    { name: 'a token without a scheme', headers: { authorization: good }, status: 401 },
    { name: 'another scheme', headers: { authorization: `DPoP ${good}` }, status: 401 },
    { name: 'two tokens', headers: { authorization: `Bearer ${good}, Bearer x` }, status: 401 },
    { name: 'a token and more', headers: { authorization: `Bearer ${good} x` }, status: 401 },
    { name: 'a token in a cookie', headers: { cookie: `access_token=${good}` }, status: 401 },
    {
      name: 'a token in the query',
      headers: {},
      path: `/v1/articles?access_token=${good}`,
      status: 401,
    },
    {
      name: 'a gateway that says so',
      headers: { 'x-amzn-oidc-data': good, 'x-forwarded-user': 'admin' },
      status: 401,
    },
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) =>
      token(`no signature, by ${alg}`, `${part({ ...rs256, alg })}.${body}.`),
    ),
    token('no signature, and the old algorithm', `${head}.${body}.`),
    token('no algorithm', `${part({ kid: 'good' })}.${body}.${signature}`),
    token(
      'an algorithm that is no text',
      `${part({ ...rs256, alg: ['RS256'] })}.${body}.${signature}`,
    ),
    hmac('the public key as a secret', issuer.publicKey.export({ format: 'pem', type: 'spki' })),
    hmac(
      'the public key in DER as a secret',
      issuer.publicKey.export({ format: 'der', type: 'spki' }),
    ),
    hmac('the JWK as a secret', JSON.stringify(issuer.publicKey.export({ format: 'jwk' }))),
    hmac('an empty secret', ''),
    hmac('an empty file as a secret', '', { kid: '../../../../dev/null' }),
    ...['RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'HS512', 'rs256'].map(renamed),
    token('a key of another kind', signToken({ ...rs256, alg: 'ES256' }, claims, ec.privateKey)),
    forged('another key under the known name', {}),
    forged('another key, brought along', { jwk: { ...ownJwk, kid: 'good' } }),
    forged('another key, at an address', { jku: `${attackerUrl}/jwks.json` }),
    forged('another certificate, at an address', { x5u: `${attackerUrl}/cert.pem` }),
    forged('another certificate, brought along', { x5c: ['MIIBhostile'] }),
    forged('an unknown key', { kid: 'canary-kid-31337' }),
    forged('no key', { kid: undefined }),
    forged('a key that is a path', { kid: '../../etc/passwd' }),
    forged('a key that is SQL', { kid: "x' union select 'key" }),
    forged('a key that is an address', { kid: `${attackerUrl}/key` }),
    forged('a key that is an object', { kid: { toString: 'good' } }),
    forged('a key that every object has', { kid: '__proto__' }),
    token(
      'an extension that is critical and unknown',
      issuer.token({ claims, header: { crit: ['urn:x'], 'urn:x': 1 } }),
    ),
    token(
      'a payload that is not encoded',
      issuer.token({ claims, header: { b64: false, crit: ['b64'] } }),
    ),
    claimed('an expired one', { exp: now - 3600 }),
    claimed('one without an end', { exp: undefined }),
    claimed('an end that is text', { exp: '9999999999' }),
    claimed('an end that is no number', { exp: null }),
    claimed('one for later', { nbf: now + 3600 }),
    claimed('another issuer', { iss: 'https://issuer.example.attacker.example/' }),
    claimed('no issuer', { iss: undefined }),
    claimed('an issuer but for a slash', { iss: issuer.issuer.replace(/\/$/, '') }),
    claimed('issuers in a list', { iss: [issuer.issuer] }),
    claimed('another audience', { aud: 'other' }),
    claimed('no audience', { aud: undefined }),
    claimed('an audience in other letters', { aud: issuer.audience.toUpperCase() }),
    claimed('audiences, none of them us', { aud: ['a', 'b'] }),
    claimed('no scope', { scope: undefined }, 403),
    claimed('an empty scope', { scope: '' }, 403),
    claimed('a scope that begins like one', { scope: 'articles:readonly articles' }, 403),
    claimed('a scope in capitals', { scope: 'ADMIN Articles:Read' }, 403),
    claimed('scopes with commas', { scope: 'articles:read,admin' }, 403),
    claimed('scopes as a list', { scope: ['admin'] }),
    claimed('scopes under another name', { scope: undefined, scp: 'admin', roles: ['admin'] }, 403),
    token('a changed payload', `${head}.${part({ ...claims, sub: 'root' })}.${signature}`),
    token('a changed header', `${part({ ...rs256, x: 1 })}.${body}.${signature}`),
    token('a signature cut short', good.slice(0, -8)),
    token(
      'a signature of something else',
      `${head}.${body}.${issuer.token({ claims: { ...claims, sub: 'b' } }).split('.')[2]}`,
    ),
    token('two parts', `${head}.${body}`),
    token('four parts', `${good}.${signature}`),
    token('an encrypted token', `${head}.${body}.${signature}.${body}.${signature}`),
    token('a payload that is a list', signToken(rs256, [claims], own.privateKey)),
    token(
      'a payload that is no JSON',
      `${head}.${Buffer.from('{').toString('base64url')}.${signature}`,
    ),
    token('nothing but dots', '..'),
    token('a token of 6 KB of nothing', 'A'.repeat(6_000)),
  ];
}
