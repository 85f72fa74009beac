import { AURORA_NOTES, HEADS, META, NOTES } from './keys.ts';

/**
 * Whether a batch of the table's stream may mean that something is to be brought into Aurora or out of it: an
 * intent, a head, an article's copy or a note for the next run was written, or the cluster was seen awake again. All else
 * (copies of pages, chunks, bodies, what was removed) is none of its business, and would only keep the cluster awake.
 * True for no records at all.
 */
export function concernsUpkeep(records: readonly unknown[]): boolean {
  return records.length === 0 || records.some(isPending);
}

function isPending(record: unknown): boolean {
  const { eventName, dynamodb } = asObject(record);
  if (eventName === 'REMOVE') return false;
  const { pk, sk } = asObject(asObject(dynamodb).Keys);
  const partition = textOf(pk);
  if (partition.startsWith('PEND#') || partition === NOTES) return true;
  const sort = textOf(sk);
  if (partition === AURORA_NOTES.pk && sort === AURORA_NOTES.sk) return tellsAwake(dynamodb);
  return partition.startsWith('A#') && (sort === META || sort.startsWith(HEADS));
}

/** Of the notes on the cluster, which are about more than that. */
function tellsAwake(change: unknown): boolean {
  const { NewImage, OldImage } = asObject(change);
  const [now, before] = [NewImage, OldImage].map((image) => asObject(asObject(image).awakeAtMs).N);
  return now !== undefined && now !== before;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(attribute: unknown): string {
  const { S } = asObject(attribute);
  return typeof S === 'string' ? S : '';
}
