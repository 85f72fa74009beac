import type { JsonText } from './json-text.ts';
import type { Timestamp } from './time.ts';

/** Who published it. The name belongs to the key: the last writer that gives one counts. */
export interface Source {
  readonly key: string;
  readonly name: string;
}

/** A topic as a reader sees it. `projection` names the projection that yielded it; absent for the caller's own. */
export interface Topic {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** 0 to 1. */
  readonly weight: number;
  readonly projection?: string;
}

export type MetricValue = number | string | boolean | null;

/** Where an article's body lies: in DynamoDB, under the digest of its text. */
export interface BodyRef {
  /** Lower-case hex SHA-256 of the UTF-8 text. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** An article as stored, without the text of its body. Times are UTC to the microsecond. */
export interface Article {
  readonly id: string;
  readonly url?: string;
  readonly title: string;
  readonly description?: string;
  readonly language?: string;
  readonly section?: string;
  readonly source?: Source;
  readonly authors: readonly string[];
  readonly topics: readonly Topic[];
  readonly publishedAt?: Timestamp;
  readonly ingestedAt: Timestamp;
  readonly updatedAt: Timestamp;
  /** Counts writes of the article itself. */
  readonly rev: number;
  /** Counts every change of what a reader sees, projected values included; orders copies of the article. */
  readonly stamp: number;
  readonly attributes: JsonText;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly body?: BodyRef;
}

export interface TopicInput {
  readonly key: string;
  readonly name?: string;
  readonly type?: string;
  readonly weight: number;
}

export interface SourceInput {
  readonly key: string;
  readonly name?: string;
}

/** A whole article as a caller gives it, checked and normalised. */
export interface ArticleInput {
  readonly id: string;
  readonly url?: string;
  readonly title: string;
  readonly description?: string;
  readonly language?: string;
  readonly section?: string;
  readonly source?: SourceInput;
  readonly authors: readonly string[];
  readonly topics: readonly TopicInput[];
  readonly publishedAt?: Timestamp;
  readonly attributes: JsonText;
  readonly body?: string;
}

/** A merge patch (RFC 7396), checked: absent leaves alone, null takes away, a value sets. */
export interface ArticlePatch {
  readonly url?: string | null;
  readonly title?: string;
  readonly description?: string | null;
  readonly language?: string | null;
  readonly section?: string | null;
  /** An object without `key` keeps the key it has; `invalid_source` when there is none. */
  readonly source?: { readonly key?: string; readonly name?: string } | null;
  readonly authors?: readonly string[] | null;
  readonly topics?: readonly TopicInput[] | null;
  readonly publishedAt?: Timestamp | null;
  /** Merged into the attributes, member by member, at every depth; null empties them. */
  readonly attributes?: JsonText | null;
  readonly body?: string | null;
}
