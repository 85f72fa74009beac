import type { Intent } from '../domain/index.ts';
import { INTENT_SHARDS } from './limits.ts';

/** Primary key of an item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * The keys of every item in the table. `#` separates, and occurs in no id, kind or digest; `$` follows it
 * in the order of bytes, so that `x$` ends a range that begins with `x#`. Versions and times are padded,
 * so that their order as text is their order.
 *
 * ```
 * A#<articleId>   META                                  copy of the article, or its tombstone
 *                 OUT#<kind>                            head: latest version of an output
 *                 VER#<kind>#<version>                  an old version
 *                 CHK#<kind>#<version>#<digest>#<nnnn>  part of a large text, immutable
 *                 BODY#<sha256>                         a body
 *                 BODY#<sha256>#<digest>#<nnnn>         part of a large body
 * PEND#<shard>    <ms>#<articleId>#<kind>#<version>     intent
 * PAGE#<shard>    <sha256 of the question>              first page of a list; the shard is its first digit
 * USE             <YYYY-MM-DD>                          what was asked on a day
 * LEDGER          AURORA                                what processes know of the cluster
 * KINDS           <kind>                                settings of a kind of output
 * NOTE            <name>                                what a background task left for its next run
 * IDEM#<key>      ANSWER                                a request and its answer
 *                 ANSWER#<digest>#<nnnn>                part of a large answer
 * ```
 */
export const META = 'META';
export const ANSWER = 'ANSWER';
export const HEADS = 'OUT#';
export const BODIES = 'BODY#';
export const KINDS = 'KINDS';
export const NOTES = 'NOTE';

/** What the keys of all that stands beside heads begin with. */
export const PARTS = ['VER#', 'CHK#', BODIES] as const;

const VERSION_DIGITS = 10;
/** What fits into a key: no output has a higher one. */
export const MAX_VERSION = 10 ** VERSION_DIGITS - 1;
const INTENT_KEY = /^(\d{13})#([^#]+)#([^#]+)#(\d{10})$/;
const INTENT_PARTITION = /^PEND#(\d{1,2})$/;

/** The article of a partition; undefined of any other. */
export function articleIdOf(pk: string): string | undefined {
  return pk.startsWith('A#') ? pk.slice(2) : undefined;
}

export function kindKey(kind: string): Key {
  return { pk: KINDS, sk: kind };
}

export function noteKey(name: string): Key {
  return { pk: NOTES, sk: name };
}

export function isPartSk(sk: string): boolean {
  return PARTS.some((prefix) => sk.startsWith(prefix));
}

/** Whose part a chunk is, from its key; undefined for any other item. */
export function chunkOf(
  sk: string,
): { readonly kind: string; readonly version: number; readonly content: string } | undefined {
  const match = /^(CHK#([^#]+)#(\d+)#[^#]+)#\d+$/.exec(sk);
  if (!match) return undefined;
  const [, content, kind, version] = match as unknown as string[];
  return { content: content as string, kind: kind as string, version: Number(version) };
}

export function articlePk(articleId: string): string {
  return `A#${articleId}`;
}

export function metaKey(articleId: string): Key {
  return { pk: articlePk(articleId), sk: META };
}

export function headKey(articleId: string, kind: string): Key {
  return { pk: articlePk(articleId), sk: HEADS + kind };
}

export function versionKey(articleId: string, kind: string, version: number): Key {
  return { pk: articlePk(articleId), sk: `VER#${kind}#${padded(version)}` };
}

/** What the keys of a text's chunks begin with, before the digest of what is stored. */
export function chunkPrefix(kind: string, version: number): string {
  return `CHK#${kind}#${padded(version)}`;
}

export function chunkSk(key: string, index: number): string {
  return `${key}#${String(index).padStart(4, '0')}`;
}

export function bodySk(sha256: string): string {
  return BODIES + sha256;
}

export function idempotencyKey(key: string): Key {
  return { pk: `IDEM#${key}`, sk: ANSWER };
}

/** Partitions of the page copies: few enough to list them all, enough for any rate at which they are kept. */
export const PAGE_SHARDS: readonly string[] = [...'0123456789abcdef'].map(
  (digit) => `PAGE#${digit}`,
);

/** Days are few, and each is written once a minute a process: one partition holds them. */
export const USE_PARTITION = 'USE';

export const AURORA_NOTES: Key = { pk: 'LEDGER', sk: 'AURORA' };

/** `key` is lower-case hex. */
export function pageKey(key: string): Key {
  return { pk: `PAGE#${key.slice(0, 1)}`, sk: key };
}

/** First and last sort key of the old versions up to `version`. */
export function versionRange(kind: string, upTo: number): readonly [string, string] {
  return [`VER#${kind}#`, `VER#${kind}#${padded(Math.min(upTo, MAX_VERSION))}`];
}

/** First and last sort key of the chunks of versions up to `version`. */
export function chunkRange(kind: string, upTo: number): readonly [string, string] {
  return [`CHK#${kind}#`, `CHK#${kind}#${padded(Math.min(upTo, MAX_VERSION))}$`];
}

/** The kind in the key of a head or an old version; undefined for any other item. */
export function kindOf(sk: string): string | undefined {
  const [type, kind] = sk.split('#');
  return type === 'OUT' || type === 'VER' ? kind : undefined;
}

/** The digest in the key of a body or of a part of one. */
export function bodyShaOf(sk: string): string {
  return sk.split('#')[1] ?? '';
}

/** Whether the key is that of a body itself, not of a part of one. */
export function isBodySk(sk: string): boolean {
  return sk.startsWith(BODIES) && !sk.includes('#', BODIES.length);
}

/** An intent's partition and key, for one noted at `createdAtMs`. */
export function newIntent(
  of: { readonly articleId: string; readonly kind: string; readonly version: number },
  createdAtMs: number,
): Intent {
  const { articleId, kind, version } = of;
  const at = String(createdAtMs).padStart(13, '0');
  const key = `${at}#${articleId}#${kind}#${padded(version)}`;
  return { key, shard: shardOf(articleId), articleId, kind, version, createdAtMs };
}

export function intentPk(shard: number): string {
  return `PEND#${shard}`;
}

/** The intent that a key stands for; undefined when it is no intent's key. */
export function parseIntent(pk: string, sk: string): Intent | undefined {
  const shard = Number(INTENT_PARTITION.exec(pk)?.[1] ?? Number.NaN);
  const match = INTENT_KEY.exec(sk);
  if (!(shard < INTENT_SHARDS) || !match) return undefined;
  const [, createdAt, articleId, kind, version] = match as unknown as string[];
  return {
    key: sk,
    shard,
    articleId: articleId as string,
    kind: kind as string,
    version: Number(version),
    createdAtMs: Number(createdAt),
  };
}

/** Always the same for an article, in every process: FNV-1a over its characters, which are ASCII. */
function shardOf(articleId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < articleId.length; at += 1) {
    hash = Math.imul(hash ^ articleId.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % INTENT_SHARDS;
}

function padded(version: number): string {
  if (!Number.isInteger(version) || version < 0 || version > MAX_VERSION) {
    throw new RangeError(`A version is a whole number from 0 to ${MAX_VERSION}, not ${version}`);
  }
  return String(version).padStart(VERSION_DIGITS, '0');
}
