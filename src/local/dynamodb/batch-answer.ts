/** What a handler's answer means for its batch: done, or failed from this record on, or failed as a whole. */
export type BatchOutcome = { ok: true } | { ok: false; from: number; whole: boolean };

const FAILED: BatchOutcome = { ok: false, from: 0, whole: true };

/**
 * Reads an answer as Lambda reads it with ReportBatchItemFailures: nothing, no list, an empty or null list
 * is success; the lowest sequence number named is where it goes on; anything malformed, and a number that
 * is not of this batch, fails the batch as a whole.
 * Source: Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda".
 */
export function readBatchAnswer(answer: unknown, sequenceNumbers: readonly string[]): BatchOutcome {
  if (answer === undefined || answer === null) return { ok: true };
  if (typeof answer !== 'object' || Array.isArray(answer)) return FAILED;
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return { ok: true };
  if (!Array.isArray(failures)) return FAILED;
  let from = Number.POSITIVE_INFINITY;
  for (const failure of failures as unknown[]) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    const index = typeof identifier === 'string' ? sequenceNumbers.indexOf(identifier) : -1;
    if (index < 0) return FAILED;
    from = Math.min(from, index);
  }
  return from === Number.POSITIVE_INFINITY ? { ok: true } : { ok: false, from, whole: false };
}
