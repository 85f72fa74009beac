import { createHash } from 'node:crypto';
import { invalid, ServiceError } from '../domain/index.ts';

const OP = 'http.conditional';

/** Entity tags as a header names them; `*` stands for any. */
type EntityTags = '*' | readonly { readonly weak: boolean; readonly value: string }[];

/** A revision or version that nothing has: a guard with it never holds. */
export const NEVER = -1;

/** ETag of an article or a source: its revision, and a digest of this very representation. */
export function revisionTag(rev: number, text: string): string {
  const digest = createHash('sha256').update(text).digest().subarray(0, 12).toString('base64url');
  return `"r${rev}-${digest}"`;
}

/** ETag of an output. */
export function outputTag(version: number): string {
  return `"v${version}"`;
}

/** Reads the number out of a tag of ours: the revision of an article's or source's, the version of an output's. */
type NumberOf = (value: string) => number | undefined;

export const revisionOf: NumberOf = (value) => numberIn(/^r([1-9]\d{0,15})(?:-.*)?$/, value);
export const versionOf: NumberOf = (value) => numberIn(/^v([1-9]\d{0,15})$/, value);

function numberIn(pattern: RegExp, value: string): number | undefined {
  const digits = pattern.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What `If-Match` demands: any of these numbers, or only that there is something. */
export type Demand = { readonly any: true } | { readonly any: false; readonly numbers: number[] };

/**
 * Reads `If-Match`; undefined without one. A weak tag, and one of another form than ours, matches nothing
 * (RFC 9110 §13.1.1). Errors: `invalid` when malformed.
 */
export function readIfMatch(request: Request, numberOf: NumberOf): Demand | undefined {
  const header = request.headers.get('if-match');
  if (header === null) return undefined;
  const tags = parseTags(header);
  if (tags === undefined) throw malformed('If-Match', 'must be * or entity tags in quotes');
  if (tags === '*') return { any: true };
  const numbers = tags.flatMap(({ weak, value }) => (weak ? [] : (numberOf(value) ?? [])));
  return { any: false, numbers: [...new Set(numbers)] };
}

/**
 * The one number that a write is guarded by; undefined without a demand. `current` is asked only where
 * the header leaves a choice; it answers undefined where there is nothing yet.
 */
export async function guardOf(
  demand: Demand | undefined,
  current: () => Promise<number | undefined>,
): Promise<number | undefined> {
  if (demand === undefined) return undefined;
  if (demand.any) return (await current()) ?? NEVER;
  const [first = NEVER, ...others] = demand.numbers;
  if (others.length === 0) return first;
  const now = await current();
  return now !== undefined && demand.numbers.includes(now) ? now : NEVER;
}

/** Whether a write must make something new. Errors: `invalid` for anything but `*`, which nothing here could check. */
export function readMustBeNew(request: Request): boolean {
  const header = request.headers.get('if-none-match');
  if (header === null) return false;
  if (header.trim() === '*') return true;
  throw malformed('If-None-Match', 'can only be * where something is written');
}

/** Errors: `invalid` for a write that cannot take `If-None-Match`, rather than not to guard what it should. */
export function refuseIfNoneMatch(request: Request): void {
  if (request.headers.has('if-none-match')) {
    throw malformed('If-None-Match', 'means nothing here; If-Match guards a change');
  }
}

/**
 * Answers a read of something with this tag: 304 where `If-None-Match` knows it already, else what `make`
 * makes. Errors: `precondition_failed` where `If-Match` wants another.
 */
export function answerRead(
  request: Request,
  tag: string,
  numberOf: NumberOf,
  make: () => Response,
): Response {
  const value = tag.slice(1, -1);
  const demand = readIfMatch(request, numberOf);
  if (demand && !demand.any && !demand.numbers.includes(numberOf(value) ?? NEVER)) {
    throw new ServiceError('precondition_failed', OP, `If-Match asks for another than ${tag}.`);
  }
  const known = parseTags(request.headers.get('if-none-match') ?? '');
  if (known === '*' || known?.some((one) => one.value === value)) {
    return new Response(null, { status: 304, headers: { etag: tag } });
  }
  const response = make();
  response.headers.set('etag', tag);
  return response;
}

/** Undefined when it is no list of entity tags (RFC 9110 §8.8.3). */
function parseTags(header: string): EntityTags | undefined {
  if (header.trim() === '*') return '*';
  const tags: { weak: boolean; value: string }[] = [];
  const element = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\uffff]*)"[ \t]*)?(,|$)/y;
  for (;;) {
    const match = element.exec(header);
    if (match === null) return undefined;
    if (match[2] !== undefined) tags.push({ weak: match[1] !== undefined, value: match[2] });
    if (match[3] === '') return tags.length === 0 ? undefined : tags;
  }
}

function malformed(header: string, detail: string): ServiceError {
  const fault = { parameter: header, code: 'malformed', detail };
  return invalid(OP, `${header} ${detail}.`, [fault]);
}
