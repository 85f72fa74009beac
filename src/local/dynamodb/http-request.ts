import type { IncomingMessage } from 'node:http';
import { awsError } from './aws-error.ts';
import type { Input } from './dynalite.ts';

/** Source: Developer Guide, "Service quotas": 16 MB for a BatchWriteItem, the largest request there is. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The whole body, or undefined when it is larger than any request may be. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return size <= MAX_REQUEST_BYTES ? Buffer.concat(chunks) : undefined;
}

/** The operation named in `x-amz-target`, or the empty string. */
export function operationOf(request: IncomingMessage): string {
  const target = String(request.headers['x-amz-target'] ?? '').split('.');
  return target.length === 2 && target[0] === 'DynamoDB_20120810' ? (target[1] ?? '') : '';
}

/**
 * The input of a request, checked in the order in which AWS refuses: JSON, operation, credentials.
 * Signatures are not verified: any credentials will do, but some must be there.
 */
export function parseInput(
  request: IncomingMessage,
  body: Buffer,
  knows: (operation: string) => boolean,
): Input {
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8'));
  } catch {
    throw awsError('SerializationException');
  }
  if (!knows(operationOf(request))) throw awsError('UnknownOperationException');
  checkCredentials(request);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw awsError('SerializationException');
  }
  return input as Input;
}

function checkCredentials(request: IncomingMessage): void {
  const header = request.headers.authorization;
  if (header === undefined || !header.trim().startsWith('AWS4-')) {
    throw awsError(
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token',
    );
  }
  const given = new Set(header.split(/[, ]+/).map((part) => part.split('=')[0]));
  let message = '';
  for (const name of ['Credential', 'Signature', 'SignedHeaders']) {
    if (!given.has(name)) message += `Authorization header requires '${name}' parameter. `;
  }
  if (!request.headers['x-amz-date'] && !request.headers.date) {
    message +=
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (message) throw awsError('IncompleteSignatureException', `${message}Authorization=${header}`);
}
