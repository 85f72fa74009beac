import {
  type InputFault,
  invalid,
  type JsonText,
  type JsonTree,
  type ServiceError,
  scanJson,
} from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { jsonText } from './json-answer.ts';
import type { Exchange, Services } from './route.ts';

const OP = 'http.batch';

/** Longest text of an item that its result repeats: a hostile id is as long as its body. */
const MAX_TOLD_TEXT = 256;

/** An item's result tells the first one. */
const FAULTS_TOLD_OF_EACH = 10;

/** One item of a batch: its value, or what is wrong with its text. */
export interface BatchItem {
  readonly tree: JsonTree;
  readonly pointer: string;
  readonly fault?: ServiceError;
}

/**
 * Takes a batch apart. What is wrong within an item stays with the item. Errors: `invalid` for what is
 * wrong around them, and for more items than `most`.
 */
export async function readBatch(
  text: string,
  name: 'articles' | 'items',
  most: number,
  rawPaths: readonly (readonly string[])[],
): Promise<readonly BatchItem[]> {
  const { value, faults } = scanJson(text, {
    raw: rawPaths.map((path) => [name, '*', ...path]),
    faultsOfEach: { depth: 2, told: FAULTS_TOLD_OF_EACH, values: most },
  });
  const ofItem = new Map<string, InputFault[]>();
  for (const fault of faults) {
    const [item] = new RegExp(`^/${name}/\\d+(?=/|$)`).exec(fault.pointer ?? '') ?? [];
    if (item === undefined) throw invalid(OP, fault.detail, [fault]);
    ofItem.set(item, [...(ofItem.get(item) ?? []), fault]);
  }
  const { readItems } = await bodyInputs();
  const items = readItems(value, name, OP);
  if (items.length > most) {
    const fault = {
      pointer: `/${name}`,
      code: 'too_many',
      detail: `may hold at most ${most} items`,
    };
    throw invalid(OP, `/${name} ${fault.detail}.`, [fault], 'too_many_items');
  }
  return items.map((tree, index) => {
    const pointer = `/${name}/${index}`;
    const found = ofItem.get(pointer);
    return {
      tree,
      pointer,
      ...(found?.[0] ? { fault: invalid(OP, found[0].detail, found) } : {}),
    };
  });
}

/** How the items of a batch that were tried failed. */
export interface ItemFailures {
  /** Trying again may mend some of them: the answer is none to be kept under a key. */
  readonly passing: boolean;
}

/**
 * Judges the errors of items, of so many that were tried. Errors: the first one where a store was away for
 * all of them, so that nothing was done.
 */
export function judgeFailures(errors: readonly ServiceError[], tried: number): ItemFailures {
  const [first] = errors;
  if (first && errors.length === tried && errors.every(isAway)) throw first;
  return { passing: errors.some((e) => isAway(e) || e.retryAfterSeconds !== undefined) };
}

function isAway({ code }: ServiceError): boolean {
  return code === 'unavailable' || code === 'throttled' || code === 'timeout';
}

interface KeyedOptions {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** As that of `Idempotency.run`. */
  readonly keeps?: () => boolean;
}

/** Runs what is no single statement, once where the request has a key, and answers with what it makes. */
export async function runKeyed(
  { request, ctx, body, caller }: Exchange,
  { tandem, keysAtWork }: Services,
  work: () => Promise<JsonText>,
  { status = 200, headers = {}, keeps }: KeyedOptions = {},
): Promise<Response> {
  const key = readIdempotencyKey(request, caller?.subject, body.bytes);
  if (key === undefined) return jsonText(status, (await work()).text, headers);
  const { answer, replayed } = await keysAtWork.run(key, () =>
    tandem.idempotency.run(ctx, key, work, keeps),
  );
  return jsonText(status, answer.text, {
    ...headers,
    ...(replayed ? { 'idempotency-replayed': 'true' } : {}),
  });
}

/** A text of the caller's, short enough to be repeated. */
export function toldText(text: string): string {
  return text.length > MAX_TOLD_TEXT ? `${text.slice(0, MAX_TOLD_TEXT)}…` : text;
}
