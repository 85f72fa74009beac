import {
  type AiOutputBlock,
  type AiOutputStore,
  type Article,
  type Context,
  type Include,
  type OutputRead,
  printJson,
} from '../domain/index.ts';
import { ANSWER_BYTES } from './limits.ts';
import { DYNAMODB_UNAVAILABLE, isAway } from './trouble.ts';

/** What a printed block needs beside its text, in bytes: an upper bound but for a producer's parameters. */
const BLOCK_ENVELOPE_BYTES = 1_024;

const UTF8 = new TextEncoder();

/** Bytes that the article takes in an answer; counted exactly only where it could matter. */
export function articleBytes(article: Article): number {
  const units = article.attributes.text.length + (article.description?.length ?? 0);
  if (units < 2_048 && article.topics.length + article.authors.length < 20) return 8_192;
  return UTF8.encode(printJson(article)).byteLength + BLOCK_ENVELOPE_BYTES;
}

/** Bytes that a text takes in an answer, as a JSON string. */
export function textBytes(text: string): number {
  return UTF8.encode(JSON.stringify(text)).byteLength;
}

/** Bytes that a block takes in an answer. */
export function blockBytes(block: AiOutputBlock): number {
  if (block.status === 'missing') return 64;
  const parameters = block.info?.producer?.parameters?.text.length ?? 0;
  const text = block.status === 'ok' ? block.info.sizeBytes : 0;
  return BLOCK_ENVELOPE_BYTES + parameters * 3 + text;
}

/** The kinds to read for an `include`; undefined when none are wanted. */
export function kindsOf(include: Include): 'all' | readonly string[] | undefined {
  if (include === 'none') return undefined;
  return include === 'all' ? 'all' : [...new Set(include)];
}

/** Blocks for kinds that could not be read: `unavailable` each, and none where the kinds are not known. */
export function unavailableReads(
  kinds: 'all' | readonly string[],
): ReadonlyMap<string, OutputRead> {
  return new Map(kinds === 'all' ? [] : kinds.map((kind) => [kind, { status: 'unavailable' }]));
}

/**
 * Reads heads of one article, or says that DynamoDB is away.
 */
export async function readOrUnavailable<T>(read: Promise<T>, fallback: T): Promise<[T, boolean]> {
  try {
    return [await read, true];
  } catch (error) {
    if (!isAway(error)) throw error;
    return [fallback, false];
  }
}

/**
 * Turns what was read into blocks. A text is loaded where it is within `blockBytes` and the answer stays
 * within `budgetBytes`; else its block says `omitted`. A text that cannot be read says `unavailable`.
 * Order: as asked for; by name where all kinds were.
 */
export async function toBlocks(
  ctx: Context,
  store: AiOutputStore,
  reads: ReadonlyMap<string, OutputRead>,
  kinds: 'all' | readonly string[],
  limits: { readonly blockBytes: number; readonly budgetBytes: number },
): Promise<Map<string, AiOutputBlock>> {
  const order = kinds === 'all' ? [...reads.keys()].sort() : kinds;
  let left = limits.budgetBytes;
  const pending: (readonly [string, AiOutputBlock] | Promise<readonly [string, AiOutputBlock]>)[] =
    [];
  for (const kind of order) {
    const read = reads.get(kind) ?? MISSING;
    if (read.status === 'missing') {
      if (kinds !== 'all') pending.push([kind, read]);
      continue;
    }
    if (read.status === 'unavailable') {
      pending.push([kind, { status: 'unavailable' }]);
      continue;
    }
    const { info } = read.head;
    const size = info.sizeBytes + BLOCK_ENVELOPE_BYTES;
    if (info.sizeBytes > limits.blockBytes || size > left) {
      left -= BLOCK_ENVELOPE_BYTES;
      pending.push([kind, { status: 'omitted', info }]);
      continue;
    }
    left -= size;
    pending.push(
      store.loadOutput(ctx, read.head).then(
        (output) => [kind, { status: 'ok', info, output }] as const,
        (error: unknown) => {
          if (!isAway(error)) throw error;
          return [kind, { status: 'unavailable', info }] as const;
        },
      ),
    );
  }
  return new Map(await Promise.all(pending));
}

const MISSING: OutputRead = { status: 'missing' };

/** `degraded` words for a set of blocks. */
export function degradedBy(blocks: Iterable<AiOutputBlock>): readonly string[] {
  for (const block of blocks) if (block.status === 'unavailable') return [DYNAMODB_UNAVAILABLE];
  return [];
}

/** What is left for outputs in an answer that holds these articles and bodies. */
export function outputBudget(usedBytes: number): number {
  return Math.max(0, ANSWER_BYTES - usedBytes);
}
