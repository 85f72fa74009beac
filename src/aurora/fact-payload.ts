import {
  isArticleId,
  isKey,
  isPlainText,
  MAX_METRIC_STRING_BYTES,
  type OutputFact,
  type ProjectedResult,
  type ProjectedTopic,
} from '../domain/index.ts';

/** Longest topic name that is kept, in code points. */
const MAX_TOPIC_NAME = 1_000;

/** The JSON that `project_outputs` takes for one output. */
export function factPayload({ producer, shape, projected, ...fact }: OutputFact): object {
  return {
    ...fact,
    name: producer?.name,
    model: producer?.model,
    producerVersion: producer?.version,
    runId: producer?.runId,
    shape: shape && storableShape(shape),
    projected: projected.map(storable),
  };
}

/**
 * The result as PostgreSQL can hold it: a value that it cannot is a failure of this output alone, while
 * refused by the statement it would hold up every other output.
 */
function storable(result: ProjectedResult): ProjectedResult {
  if ('value' in result) {
    return isStorableValue(result.value)
      ? result
      : { projection: result.projection, status: 'failed' };
  }
  if ('topics' in result) return { ...result, topics: result.topics.flatMap(storableTopic) };
  if ('relations' in result) {
    return { ...result, relations: result.relations.filter(({ to }) => isArticleId(to)) };
  }
  return result;
}

function isStorableValue(value: number | string | boolean): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'boolean') return true;
  return (
    isPlainText(value, MAX_METRIC_STRING_BYTES) &&
    Buffer.byteLength(value) <= MAX_METRIC_STRING_BYTES
  );
}

function storableTopic({ key, name, type, weight }: ProjectedTopic): ProjectedTopic[] {
  if (!isKey(key)) return [];
  return [
    {
      key,
      weight,
      ...(name !== undefined && name !== '' && isPlainText(name, MAX_TOPIC_NAME) ? { name } : {}),
      ...(type !== undefined && isKey(type) ? { type } : {}),
    },
  ];
}

/** Paths hold member names, which may have any character. */
function storableShape({ hash, paths, types }: NonNullable<OutputFact['shape']>): object {
  const plain = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');
  return { hash, paths: paths.map(plain), types: types.map(plain) };
}
