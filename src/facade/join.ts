import {
  type AiOutputBlock,
  type AiOutputInfo,
  type AiOutputStore,
  type Article,
  type Context,
  type Include,
  isServiceError,
  type JsonText,
  type OutputRead,
  printJson,
  type ServiceError,
  type ShownHead,
} from '../domain/index.ts';
import { ANSWER_BYTES } from './limits.ts';
import { DYNAMODB_UNAVAILABLE, isAway } from './trouble.ts';

/** What a printed block needs beside its text and its producer, in bytes: an upper bound. */
const BLOCK_ENVELOPE_BYTES = 640;

/** What a UTF-16 unit of a producer's strings takes at most, in bytes: six where JSON escapes it. */
const BYTES_PER_UNIT = 6;

const UTF8 = new TextEncoder();

/** Bytes that the article takes in an answer; counted exactly only where it could matter. */
export function articleBytes(article: Article): number {
  const units = article.attributes.text.length + (article.description?.length ?? 0);
  if (units < 2_048 && article.topics.length + article.authors.length < 20) return 8_192;
  return UTF8.encode(printJson(article)).byteLength + 1_024;
}

/** Bytes that a text takes in an answer, as a JSON string. */
export function textBytes(text: string): number {
  return UTF8.encode(JSON.stringify(text)).byteLength;
}

/** Bytes that a block without its text takes in an answer: an upper bound, close where it is large. */
export function infoBytes({ producer }: Pick<AiOutputInfo, 'producer'>): number {
  if (producer === undefined) return BLOCK_ENVELOPE_BYTES;
  const { name, model, version, promptHash, runId, parameters } = producer;
  let units = 0;
  for (const text of [name, model, version, promptHash, runId]) units += text?.length ?? 0;
  return (
    BLOCK_ENVELOPE_BYTES +
    units * BYTES_PER_UNIT +
    (parameters === undefined ? 0 : Buffer.byteLength(parameters.text))
  );
}

/** An output without who made it and at what cost: for where an answer has no room left for that. */
export function bareInfo({ producer: _, usage: __, ...info }: AiOutputInfo): AiOutputInfo {
  return info;
}

/** Bytes that a block takes in an answer. */
export function blockBytes(block: PlannedBlock): number {
  if (block.status === 'missing') return 64;
  if (block.status === 'load') return infoBytes(block.head.info) + block.head.info.sizeBytes;
  const text = block.status === 'ok' ? block.info.sizeBytes : 0;
  return infoBytes(block.info ?? {}) + text;
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

/** A block as it will be: `ok` once its text is loaded. */
export type PlannedBlock = AiOutputBlock | { readonly status: 'load'; readonly head: ShownHead };

/**
 * What becomes of what was read. A text is to be loaded where it is within `blockBytes` and the answer stays
 * within `budgetBytes`; else its block says `omitted`, without its producer where even that has no room. Order: as asked for; by name where all kinds were.
 */
export function planBlocks(
  reads: ReadonlyMap<string, OutputRead>,
  kinds: 'all' | readonly string[],
  limits: { readonly blockBytes: number; readonly budgetBytes: number },
): ReadonlyMap<string, PlannedBlock> {
  const planned = new Map<string, PlannedBlock>();
  let left = limits.budgetBytes;
  for (const kind of kinds === 'all' ? [...reads.keys()].sort() : kinds) {
    const read = reads.get(kind) ?? MISSING;
    if (read.status === 'missing') {
      if (kinds !== 'all') planned.set(kind, read);
      continue;
    }
    if (read.status === 'unavailable') {
      planned.set(kind, { status: 'unavailable' });
      continue;
    }
    const { info } = read.head;
    const around = infoBytes(info);
    if (info.sizeBytes > limits.blockBytes || info.sizeBytes + around > left) {
      const told = around > left ? bareInfo(info) : info;
      left -= infoBytes(told);
      planned.set(kind, { status: 'omitted', info: told });
      continue;
    }
    left -= info.sizeBytes + around;
    planned.set(kind, { status: 'load', head: read.head });
  }
  return planned;
}

/** Loads the texts of the blocks of a page, all at once; one that cannot be read says `unavailable`. */
export async function loadBlocks(
  ctx: Context,
  store: AiOutputStore,
  planned: readonly ReadonlyMap<string, PlannedBlock>[],
): Promise<readonly ReadonlyMap<string, AiOutputBlock>[]> {
  const heads: ShownHead[] = [];
  for (const blocks of planned) {
    for (const block of blocks.values()) if (block.status === 'load') heads.push(block.head);
  }
  const texts = heads.length === 0 ? [] : await store.loadOutputs(ctx, heads);
  let at = 0;
  return planned.map((blocks) => {
    const loaded = new Map<string, AiOutputBlock>();
    for (const [kind, block] of blocks) {
      loaded.set(kind, block.status === 'load' ? toBlock(block.head.info, texts[at++]) : block);
    }
    return loaded;
  });
}

function toBlock(info: AiOutputInfo, text: JsonText | ServiceError | undefined): AiOutputBlock {
  return text === undefined || isServiceError(text)
    ? { status: 'unavailable', info }
    : { status: 'ok', info, output: text };
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
