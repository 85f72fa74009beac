/** A block whose text is larger than this comes as `omitted` in a list, in bytes of UTF-8. Chosen so that a page of 20 stays within one answer; by id it comes. */
export const LIST_BLOCK_BYTES = 256 * 1024;

/** Size at which an answer is cut, in bytes of UTF-8: under Lambda's 6 MB response payload (Lambda quotas, 2026) with room for envelopes. */
export const ANSWER_BYTES = 5_000_000;

/** Time kept back from a call to Aurora, in milliseconds, to answer from DynamoDB's copy instead. */
export const FALLBACK_MS = 1_500;

/** Items of one batch. */
export const MAX_BATCH_ARTICLES = 500;
export const MAX_BATCH_OUTPUTS = 100;
