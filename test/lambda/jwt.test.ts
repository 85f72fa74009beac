import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJwt, type Jwt } from '../../src/lambda/jwt.ts';
import { systemClock } from '../../src/lambda/system.ts';
import { type FakeHttpService, startFakeService } from '../fakes/http-service.ts';

const ISSUER = 'https://issuer.example';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });

const jwk = (key: KeyObject, kid: string) => ({
  ...key.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1000);

interface TokenOptions {
  readonly claims?: object;
  readonly header?: object;
  readonly key?: KeyObject;
}

function aToken({ claims, header, key = rsa.privateKey }: TokenOptions = {}): string {
  const head = { alg: 'RS256', kid: 'rsa', typ: 'JWT', ...header };
  const body = { iss: ISSUER, aud: 'tandem', sub: 'ada', exp: nowSeconds() + 60, ...claims };
  const input = `${part(head)}.${part(body)}`;
  const hash = head.alg === 'RS512' ? 'sha512' : 'sha256';
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

describe('bearer tokens', () => {
  let keys: object[];
  let status: number;
  let issuer: FakeHttpService;
  let jwt: Jwt;
  let nowMs: number;

  beforeEach(async () => {
    keys = [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec')];
    status = 200;
    nowMs = 0;
    issuer = await startFakeService(() => ({ status, body: { keys } }));
    const clock = { ...systemClock, now: () => nowMs };
    jwt = createJwt({ issuer: ISSUER, audience: 'tandem', jwksUrl: `${issuer.url}/keys`, clock });
  });

  afterEach(() => issuer.close());

  it('are taken when signed by RS256 or ES256, and say who asks and for what', async () => {
    const claims = { scope: 'articles:read  articles:write' };
    expect(await jwt.verify(aToken({ claims }))).toEqual({
      subject: 'ada',
      scopes: new Set(['articles:read', 'articles:write']),
    });
    const es256 = aToken({ header: { alg: 'ES256', kid: 'ec' }, key: ec.privateKey });
    expect(await jwt.verify(es256)).toEqual({ subject: 'ada', scopes: new Set() });
    expect(issuer.requests).toHaveLength(1);
  });

  it.each<[string, () => string]>([
    ['another issuer', () => aToken({ claims: { iss: 'https://else.example' } })],
    ['another audience', () => aToken({ claims: { aud: 'else' } })],
    ['no audience', () => aToken({ claims: { aud: undefined } })],
    ['an exp that is over', () => aToken({ claims: { exp: nowSeconds() - 2 } })],
    ['no exp', () => aToken({ claims: { exp: undefined } })],
    ['an nbf to come', () => aToken({ claims: { nbf: nowSeconds() + 60 } })],
    ['a key nobody published', () => aToken({ header: { kid: 'else' } })],
    ['no kid', () => aToken({ header: { kid: undefined } })],
    ['a signature by another key', () => aToken({ key: other.privateKey })],
    ['another algorithm of the same key', () => aToken({ header: { alg: 'RS512' } })],
    [
      'an altered payload',
      () =>
        aToken().replace(
          /\.[^.]+\./,
          `.${part({ iss: ISSUER, aud: 'tandem', exp: nowSeconds() + 60, sub: 'eve' })}.`,
        ),
    ],
    ['no signature', () => `${part({ alg: 'none', kid: 'rsa' })}.${part({ iss: ISSUER })}.`],
    [
      'the public key as a shared secret',
      () => {
        const input = `${part({ alg: 'HS256', kid: 'rsa' })}.${part({ iss: ISSUER, aud: 'tandem', exp: nowSeconds() + 60 })}`;
        const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });
        return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
      },
    ],
    ['no token at all', () => 'nonsense'],
  ])('are refused with %s', async (_what, token) => {
    await expect(jwt.verify(token())).rejects.toMatchObject({
      code: 'unauthenticated',
      reason: 'invalid_token',
    });
  });

  it('cannot be judged while the issuer is away, and can be as soon as it is back', async () => {
    status = 500;
    await expect(jwt.verify(aToken())).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'issuer_unavailable',
    });
    status = 200;
    expect((await jwt.verify(aToken())).subject).toBe('ada');
  });

  it('signed by a key that came later are taken at once, those by one taken back an hour later no more', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await jwt.verify(aToken());
    keys = [jwk(next.publicKey, 'next')];
    expect(
      (await jwt.verify(aToken({ header: { kid: 'next' }, key: next.privateKey }))).subject,
    ).toBe('ada');
    keys = [jwk(ec.publicKey, 'ec')];
    const old = aToken({ header: { kid: 'next' }, key: next.privateKey });
    expect((await jwt.verify(old)).subject).toBe('ada');
    nowMs += 61 * 60_000;
    await expect
      .poll(() =>
        jwt.verify(old).then(
          () => 'taken',
          (error: { code: string }) => error.code,
        ),
      )
      .toBe('unauthenticated');
  });
});
