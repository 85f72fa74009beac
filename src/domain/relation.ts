import type { JsonText } from './json-text.ts';
import type { Timestamp } from './time.ts';

/** Kinds whose edge has no direction: one edge, whichever end writes or deletes it. */
export const SYMMETRIC_RELATIONS: ReadonlySet<string> = new Set([
  'similar',
  'same-story',
  'duplicate-of',
  'translation-of',
]);

export const RELATION_ORIGINS = ['ai', 'editor', 'rule'] as const;
export type RelationOrigin = (typeof RELATION_ORIGINS)[number];

/**
 * An edge between two articles. A symmetric one is told from the side of the article that was asked:
 * `from` is that article.
 */
export interface Relation {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly weight: number | null;
  readonly origin: RelationOrigin | null;
  readonly createdAt: Timestamp;
  readonly attributes?: JsonText;
  /** The projection that yielded it; absent for the caller's own. */
  readonly projection?: string;
}

export interface RelationInput {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly weight?: number;
  readonly origin?: RelationOrigin;
  readonly attributes?: JsonText;
}

export type RelationDirection = 'out' | 'in' | 'both';

/** Why an article counts as related. */
export type RelatedReason =
  | { readonly type: 'relation'; readonly kind: string; readonly weight: number | null }
  | { readonly type: 'topic'; readonly key: string; readonly name: string }
  | { readonly type: 'source'; readonly key: string }
  | { readonly type: 'time'; readonly hoursApart: number };
