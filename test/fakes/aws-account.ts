import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Calls that the `serverless` command makes, answered as an account with nothing in it does. */
export interface AwsAccount {
  readonly url: string;
  /** `service Action`, in order. */
  readonly calls: readonly string[];
  /** Objects by `bucket/key`. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** The template of the stack that is there now; undefined where there is none. */
  template(): string | undefined;
  close(): Promise<void>;
}

const ACCOUNT = '123456789012';
const CF = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

interface Stack {
  readonly name: string;
  readonly id: string;
  template: string;
  status: string;
  events: { readonly id: string; readonly logical: string; readonly status: string }[];
}

/** An answer: status and text, XML where it is no JSON. */
interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startAwsAccount(): Promise<AwsAccount> {
  const calls: string[] = [];
  const objects = new Map<string, Buffer>();
  const buckets = new Set<string>();
  let stack: Stack | undefined;
  let count = 0;

  function change(status: string): void {
    if (!stack) return;
    stack.status = `${status}_COMPLETE`;
    const event = (phase: string) => ({
      id: String(++count),
      logical: stack?.name ?? '',
      status: `${status}_${phase}`,
    });
    stack.events.unshift(event('COMPLETE'), event('IN_PROGRESS'));
  }

  function use(template: string): void {
    if (!stack) return;
    stack.template = template;
    for (const [id, { Type }] of resourcesIn(template)) {
      if (Type === 'AWS::S3::Bucket') buckets.add(bucketName(stack.name, id));
    }
  }

  /** A template as it was given, or out of the bucket where it was put. */
  function templateOf(form: URLSearchParams): string {
    const url = form.get('TemplateURL');
    if (url === null) return form.get('TemplateBody') ?? '';
    const path = decodeURIComponent(new URL(url).pathname).replace(/^\//, '');
    const found = [...objects].find(([key]) => key === path || key.endsWith(`/${path}`));
    if (!found) throw new Error(`There is no template at ${url}.`);
    return found[1].toString('utf8');
  }

  const cloudFormation: Readonly<Record<string, (form: URLSearchParams) => Answer>> = {
    DescribeStacks: () => {
      if (!stack || stack.status === 'DELETE_COMPLETE') return noStack();
      const outputs = outputsOf(stack.template).map(
        ([key, value]) =>
          `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      );
      return xml(
        'DescribeStacks',
        `<Stacks><member><StackName>${stack.name}</StackName><StackId>${stack.id}</StackId><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>${stack.status}</StackStatus><Outputs>${outputs.join('')}</Outputs></member></Stacks>`,
      );
    },
    CreateStack: (form) => {
      const name = form.get('StackName') ?? '';
      const id = `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/${name}/1`;
      stack = { name, id, template: '', status: '', events: [] };
      use(templateOf(form));
      change('CREATE');
      return xml('CreateStack', `<StackId>${id}</StackId>`);
    },
    UpdateStack: (form) => {
      const template = templateOf(form);
      if (!stack) return noStack();
      if (template === stack.template) {
        return failure('ValidationError', 'No updates are to be performed.');
      }
      use(template);
      change('UPDATE');
      return xml('UpdateStack', `<StackId>${stack.id}</StackId>`);
    },
    DeleteStack: () => {
      change('DELETE');
      return xml('DeleteStack', '');
    },
    ValidateTemplate: (form) => {
      JSON.parse(templateOf(form));
      return xml('ValidateTemplate', '<Parameters/><Description>ok</Description>');
    },
    DescribeStackEvents: () => {
      if (!stack) return noStack();
      const { name, id, events } = stack;
      const members = events.map(
        (one) =>
          `<member><EventId>${one.id}</EventId><StackId>${id}</StackId><StackName>${name}</StackName><LogicalResourceId>${one.logical}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><Timestamp>2026-01-01T00:00:00Z</Timestamp><ResourceStatus>${one.status}</ResourceStatus></member>`,
      );
      return xml('DescribeStackEvents', `<StackEvents>${members.join('')}</StackEvents>`);
    },
    DescribeStackResource: (form) => {
      const id = form.get('LogicalResourceId') ?? '';
      const found = stack && resourcesIn(stack.template).find(([name]) => name === id);
      if (!stack || !found) return failure('ValidationError', `Resource ${id} does not exist`);
      return xml(
        'DescribeStackResource',
        `<StackResourceDetail>${resourceXml(stack, found)}</StackResourceDetail>`,
      );
    },
    ListStackResources: () => {
      if (!stack) return noStack();
      const members = resourcesIn(stack.template).map(
        (one) => `<member>${resourceXml(stack as Stack, one)}</member>`,
      );
      return xml(
        'ListStackResources',
        `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`,
      );
    },
  };

  function s3(request: IncomingMessage, url: URL, body: Buffer): Answer {
    const [bucket = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/');
    const key = rest.join('/');
    const name = `${bucket}/${key}`;
    if (!buckets.has(bucket)) return { status: 404, body: s3Error('NoSuchBucket') };
    if (key === '' && request.method === 'HEAD') return { status: 200 };
    if (key === '' && request.method === 'GET') {
      const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`;
      const contents = [...objects]
        .filter(([path]) => path.startsWith(prefix))
        .map(
          ([path, content]) =>
            `<Contents><Key>${path.slice(bucket.length + 1)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>${content.length}</Size></Contents>`,
        );
      return {
        status: 200,
        body: `<ListBucketResult><Name>${bucket}</Name><KeyCount>${contents.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
      };
    }
    if (key === '' && request.method === 'POST' && url.searchParams.has('delete')) {
      const keys = [...body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map((one) => one[1]);
      for (const one of keys) objects.delete(`${bucket}/${one}`);
      return { status: 200, body: '<DeleteResult/>' };
    }
    if (request.method === 'PUT') {
      const content = decodeChunks(request, body);
      objects.set(name, content);
      hashes.set(name, request.headers['x-amz-meta-filesha256']?.toString() ?? '');
      return { status: 200, headers: { etag: `"${md5(content)}"` } };
    }
    const content = objects.get(name);
    if (content === undefined) return { status: 404, body: s3Error('NoSuchKey') };
    const headers = { 'x-amz-meta-filesha256': hashes.get(name) ?? '', etag: `"${md5(content)}"` };
    return { status: 200, headers, ...(request.method === 'GET' ? { body: content } : {}) };
  }
  const hashes = new Map<string, string>();

  function answer(request: IncomingMessage, body: Buffer): Answer {
    const url = new URL(request.url ?? '/', 'http://aws.example');
    // The name of the service stands in the signature.
    const [, service = ''] =
      /Credential=[^/]+\/\d+\/[^/]+\/([\w-]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const form = new URLSearchParams(body.toString('utf8'));
    const target = request.headers['x-amz-target']?.toString().split('.').pop();
    const action = form.get('Action') ?? target ?? `${request.method}`;
    calls.push(`${service} ${action}`);
    switch (service) {
      case 'sts':
        return {
          status: 200,
          body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:user/deployer</Arn><UserId>U</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
        };
      case 'cloudformation':
        return (
          cloudFormation[action]?.(form) ?? failure('InvalidAction', `${action} is not known here`)
        );
      case 's3':
        return s3(request, url, body);
      case 'lambda':
        return json(
          404,
          { Type: 'User', Message: 'Function not found' },
          'ResourceNotFoundException',
        );
      case 'ecr':
        return json(400, { __type: 'RepositoryNotFoundException', message: 'none' });
      default:
        return json(400, { __type: 'UnknownService', message: `${service} is not known here` });
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => send(response, answer(request, Buffer.concat(chunks))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    objects,
    template: () => (stack?.status === 'DELETE_COMPLETE' ? undefined : stack?.template),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const type = typeof body === 'string' && body.startsWith('{') ? 'application/json' : 'text/xml';
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'r', ...headers });
  response.end(body);
}

function xml(action: string, inner: string): Answer {
  return {
    status: 200,
    body: `<${action}Response xmlns="${CF}"><${action}Result>${inner}</${action}Result></${action}Response>`,
  };
}

function failure(code: string, message: string): Answer {
  return {
    status: 400,
    body: `<ErrorResponse xmlns="${CF}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

function noStack(): Answer {
  return failure('ValidationError', 'Stack with id tandem does not exist');
}

function json(status: number, body: object, type?: string): Answer {
  return {
    status,
    body: JSON.stringify(body),
    ...(type === undefined ? {} : { headers: { 'x-amzn-errortype': type } }),
  };
}

function s3Error(code: string): string {
  return `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}

function resourcesIn(template: string): [string, { readonly Type: string }][] {
  return Object.entries(JSON.parse(template).Resources ?? {});
}

function outputsOf(template: string): [string, string][] {
  const outputs: Record<string, { Value: unknown }> = JSON.parse(template).Outputs ?? {};
  return Object.entries(outputs).map(([key, { Value }]) => [
    key,
    typeof Value === 'string' ? Value : `value-of-${key}`,
  ]);
}

function bucketName(stack: string, id: string): string {
  return `${stack}-${id}`.toLowerCase();
}

function resourceXml(stack: Stack, [id, { Type }]: [string, { readonly Type: string }]): string {
  const physical = Type === 'AWS::S3::Bucket' ? bucketName(stack.name, id) : id;
  return `<LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physical}</PhysicalResourceId><ResourceType>${Type}</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus>`;
}

/** A body as the SDK streams it: in chunks, each behind its length in hexadecimal. */
function decodeChunks(request: IncomingMessage, body: Buffer): Buffer {
  const encoding = request.headers['content-encoding'] ?? '';
  if (!encoding.includes('aws-chunked')) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(size > 0)) break;
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}
