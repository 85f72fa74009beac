// A process as Lambda makes one for a function: plain Node, the unzipped code, its environment. Started
// with the path of the module that exports `handler`; prints its address. Plain JavaScript, so that it is
// the deployed code alone that meets the Node under test.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [module] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(module).href);
const timeoutMs = Number(process.env.HOST_TIMEOUT_MS ?? 29_000);
let count = 0;

function newContext() {
  const endMs = Date.now() + timeoutMs;
  return {
    awsRequestId: `request-${++count}`,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => Math.max(0, endMs - Date.now()),
  };
}

/** A request as an HTTP API tells of it (payload format 2.0). */
function toEvent(request, body) {
  const [path = '', ...query] = request.url.split('?');
  const headers = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index].toLowerCase();
    const value = request.rawHeaders[index + 1];
    headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  const isText = /^(?:text\/|application\/(?:json|javascript|xml))/.test(
    headers['content-type'] ?? '',
  );
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query.join('?'),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: 'test',
      },
      requestId: `gateway-${count}`,
      routeKey: '$default',
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const body = Buffer.concat(chunks);
    try {
      if (request.url === '/__invoke') {
        const result = await handler(JSON.parse(body.toString('utf8')), newContext());
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(result ?? null));
        return;
      }
      // As the runtime does it: both go over the wire as JSON.
      const event = JSON.parse(JSON.stringify(toEvent(request, body)));
      const result = JSON.parse(JSON.stringify(await handler(event, newContext())));
      const content = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
      response.writeHead(result.statusCode, {
        ...result.headers,
        ...(result.cookies ? { 'set-cookie': result.cookies } : {}),
      });
      response.end(request.method === 'HEAD' ? undefined : content);
    } catch (error) {
      // What the gateway makes of a function that fails.
      response.writeHead(500, {
        'content-type': 'application/json',
        'x-function-error': 'Unhandled',
      });
      response.end(JSON.stringify({ message: 'Internal Server Error', error: String(error) }));
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
