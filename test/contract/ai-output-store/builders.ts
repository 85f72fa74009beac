import { createHash } from 'node:crypto';
import {
  type AiOutputInfo,
  type AiOutputStore,
  type Article,
  type Context,
  JsonText,
  type OutputHead,
  type Timestamp,
} from '../../../src/domain/index.ts';
import { seededRandom } from '../../support/clock.ts';

const AT = '2026-01-02T03:04:05.678901Z' as Timestamp;

export function aCopy(overrides: Partial<Article> = {}): Article {
  return {
    id: 'a1',
    title: 'An article',
    authors: [],
    topics: [],
    ingestedAt: AT,
    updatedAt: AT,
    rev: 1,
    stamp: 1,
    attributes: new JsonText('{}'),
    metrics: {},
    ...overrides,
  };
}

export interface HeadOptions extends Partial<AiOutputInfo> {
  readonly text?: string;
  readonly dead?: boolean;
  readonly deletedUpTo?: number;
}

/** A head whose text has been staged. */
export async function aHead(
  store: AiOutputStore,
  ctx: Context,
  { text = '{"text":"s"}', dead = false, deletedUpTo, ...info }: HeadOptions = {},
): Promise<OutputHead> {
  const { articleId = 'a1', kind = 'summary', version = 1 } = info;
  const content = dead
    ? { codec: 'none', storedBytes: 0 }
    : await store.stageOutput(ctx, articleId, kind, version, new JsonText(text));
  return {
    info: {
      articleId,
      kind,
      version,
      producedAt: AT,
      storedAt: AT,
      sizeBytes: dead ? 0 : Buffer.byteLength(text),
      sha256: sha256(text),
      ...info,
      storedBytes: content.storedBytes,
    },
    dead,
    producerHash: sha256(JSON.stringify(info.producer ?? null)),
    content,
    ...(deletedUpTo === undefined ? {} : { deletedUpTo }),
  };
}

/** Writes one version as the facade does: stage, keep what was there, put. */
export async function putOutput(
  store: AiOutputStore,
  ctx: Context,
  options: HeadOptions = {},
): Promise<OutputHead> {
  const { articleId = 'a1', kind = 'summary' } = options;
  const { head: there } = await store.readHead(ctx, articleId, kind);
  const expected = there?.info.version ?? 0;
  const head = await aHead(store, ctx, { version: expected + 1, ...options });
  if (there && !there.dead) await store.keepVersion(ctx, there);
  if (!(await store.putHead(ctx, head, expected))) throw new Error('another writer was first');
  return head;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Text without pattern, which no codec makes smaller than three quarters; the same for the same seed. */
export function randomText(bytes: number, seed = 1): string {
  const random = seededRandom(seed);
  const noise = Buffer.alloc(Math.ceil((bytes * 3) / 4));
  for (let at = 0; at < noise.length; at += 1) noise[at] = Math.floor(random() * 256);
  return noise.toString('base64').slice(0, bytes);
}

/** What is known of a head but where its text lies. */
export function told({ info, dead, producerHash, deletedUpTo }: OutputHead): unknown {
  return { info, dead, producerHash, deletedUpTo };
}
