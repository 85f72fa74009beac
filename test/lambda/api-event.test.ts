import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { toRequest, toResult } from '../../src/lambda/api-event.ts';

/** An event as an HTTP API sends it. */
function anEvent(
  method: string,
  rawPath: string,
  more: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'x.execute-api.us-east-1.amazonaws.com' },
    requestContext: {
      accountId: '1',
      apiId: 'x',
      domainName: 'x.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'x',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '1.2.3.4', userAgent: 't' },
      requestId: 'r',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
    ...more,
  };
}

describe('request of an API Gateway event', () => {
  it('keeps the query string as it came, parameters given twice included', () => {
    const rawQueryString = 'filter=a%20%3D%20%22b%2Bc%22&filter=x&include=*';
    const request = toRequest(anEvent('GET', '/v1/articles', { rawQueryString }));
    expect(request.url).toBe(
      `https://x.execute-api.us-east-1.amazonaws.com/v1/articles?${rawQueryString}`,
    );
    expect(new URL(request.url).searchParams.getAll('filter')).toEqual(['a = "b+c"', 'x']);
  });

  it('keeps a decoded path in one piece', () => {
    const request = toRequest(anEvent('GET', '/v1/sources/a?b#c d'));
    expect(new URL(request.url).pathname).toBe('/v1/sources/a%3Fb%23c%20d');
  });

  it('takes text and base64 bodies byte for byte', async () => {
    const text = '{"title":"größe 🌉"}';
    const plain = toRequest(anEvent('POST', '/v1/articles', { body: text }));
    expect(await plain.text()).toBe(text);
    const body = Buffer.from(text).toString('base64');
    const packed = toRequest(anEvent('POST', '/v1/articles', { body, isBase64Encoded: true }));
    expect(await packed.text()).toBe(text);
  });

  it('keeps headers, those that are not ASCII included, and cookies', () => {
    const headers = { 'if-match': '"r1"', 'x-a': 'one,two', 'x-b': 'größe', 'x-c': '橋\r\n' };
    const request = toRequest(anEvent('GET', '/', { headers, cookies: ['a=1', 'b=2'] }));
    expect(request.headers.get('if-match')).toBe('"r1"');
    expect(request.headers.get('x-a')).toBe('one,two');
    expect(request.headers.get('x-b')).toBe('größe');
    expect(Buffer.from(request.headers.get('x-c') ?? '', 'latin1').toString()).toBe('橋');
    expect(request.headers.get('cookie')).toBe('a=1; b=2');
  });

  it('lets a GET come with a body', () => {
    expect(toRequest(anEvent('GET', '/', { body: 'x' })).body).toBeNull();
  });
});

describe('result of a response', () => {
  const json = (body: string, headers: Record<string, string> = {}) =>
    new Response(body, { headers: { 'content-type': 'application/json', ...headers } });

  it.each(['application/json', 'application/problem+json', 'application/x-ndjson', 'text/html'])(
    'sends %s as text',
    async (type) => {
      const result = await toResult(json('{"a":"é"}', { 'content-type': type }), 'gzip');
      expect(result).toMatchObject({ statusCode: 200, body: '{"a":"é"}', isBase64Encoded: false });
      expect(result.headers).toMatchObject({ 'content-type': type });
    },
  );

  it('sends anything else as base64', async () => {
    const bytes = new Uint8Array([0, 255, 128]);
    const response = new Response(bytes, { headers: { 'content-type': 'image/png' } });
    const result = await toResult(response, undefined);
    expect(result.isBase64Encoded).toBe(true);
    expect([...Buffer.from(result.body ?? '', 'base64')]).toEqual([...bytes]);
  });

  it('sends no body where there is none', async () => {
    const result = await toResult(new Response(null, { status: 204 }), 'gzip');
    expect(result).toMatchObject({ statusCode: 204, body: '', isBase64Encoded: false });
  });

  it('keeps cookies apart', async () => {
    const response = json('{}');
    response.headers.append('set-cookie', 'a=1');
    response.headers.append('set-cookie', 'b=2');
    const result = await toResult(response, undefined);
    expect(result.cookies).toEqual(['a=1', 'b=2']);
    expect(result.headers).not.toHaveProperty('set-cookie');
  });

  it('compresses a large answer for whoever takes that', async () => {
    const body = JSON.stringify({ text: 'x"y'.repeat(100_000) });
    const result = await toResult(json(body), 'br, gzip;q=0.8');
    expect(result.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(Buffer.from(result.body ?? '', 'base64')).toString()).toBe(body);
    for (const accept of [undefined, 'br', 'gzip;q=0']) {
      expect((await toResult(json(body), accept)).body).toBe(body);
    }
  });

  it('refuses an answer that Lambda would refuse, and says what helps', async () => {
    const body = '"'.repeat(4_000_000);
    const refused = await toResult(json(body, { 'x-request-id': 'r-1' }), undefined);
    expect(refused.statusCode).toBe(406);
    expect(refused.headers).toMatchObject({ 'x-request-id': 'r-1' });
    expect(JSON.parse(refused.body ?? '')).toMatchObject({ code: 'compression_needed' });
    expect((await toResult(json(body), 'gzip')).statusCode).toBe(200);
    expect((await toResult(json('x'.repeat(4_000_000)), undefined)).statusCode).toBe(200);
  });
});
