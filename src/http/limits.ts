/** A request's body, in bytes. API Gateway passes at most 10 MB and Lambda 6 MB (AWS quotas, 2026), which the event's envelope and base64 share. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

/** How long a request may take. API Gateway gives up after 30 s (HTTP API quotas, 2026); what is left is for the way back. */
export const REQUEST_MS = 28_000;

/** Beyond the deadline: time for the layers below to answer in their own words before this one does. */
export const LAST_WORDS_MS = 500;

/** Longest wait for a sleeping Aurora, and what a write waits unless it says otherwise. Leaves time for the work itself. */
export const MAX_WAIT_SECONDS = 25;

/** Members of an article, in code points unless said otherwise. A row of Aurora passes through a Data API result of 1 MiB. */
export const ARTICLE_LIMITS = {
  title: 1_000,
  description: 65_536,
  section: 256,
  authors: 100,
  author: 256,
  topics: 200,
  /** Of a topic or a source. */
  name: 256,
  /** Characters; RFC 5646 §4.4.1 asks for room for 35. */
  language: 35,
  /** UTF-8. */
  bodyBytes: 1024 * 1024,
  /** UTF-8 of the JSON of everything but the body. */
  metadataBytes: 256 * 1024,
} as const;

/** Members of an AI output. */
export const OUTPUT_LIMITS = {
  /** UTF-8 of the JSON text. */
  outputBytes: 4 * 1024 * 1024,
  /** UTF-8 of the JSON of the whole producer: it lies in the item of the head, which DynamoDB ends at 400 KB. */
  producerBytes: 64 * 1024,
  /** Code points of each string. */
  producerString: 256,
} as const;

/** UTF-8 of the JSON of a relation's attributes: an edge is one row of many in a result of 1 MiB. */
export const MAX_RELATION_ATTRIBUTES_BYTES = 16 * 1024;

/** Members of a projection's definition, in code points unless said otherwise. */
export const PROJECTION_INPUT_LIMITS = {
  path: 1_000,
  /** Paths of a metric: one for each shape that its kind has had. */
  paths: 20,
  description: 1_000,
  unit: 64,
} as const;

/** Settings of a kind of output. */
export const KIND_LIMITS = {
  keepVersions: 1_000_000,
  keepDays: 36_500,
  description: 1_000,
} as const;

/** Words to search for, in bytes of UTF-8: as much as a filter may have. */
export const MAX_SEARCH_BYTES = 4_096;

/** Kinds that an `include` or `kinds` may name: one batch read asks for 100 keys. */
export const MAX_KINDS = 100;

export const RELATED_LIMIT = { default: 10, max: 50 } as const;

/** An `Idempotency-Key`, in visible ASCII characters. */
export const MAX_KEY_LENGTH = 255;

/** An `x-request-id` taken from a caller, in visible ASCII characters. */
export const MAX_REQUEST_ID_LENGTH = 128;

/** Faults told in one problem document; more help nobody. */
export const MAX_TOLD_FAULTS = 100;
