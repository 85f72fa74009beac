import fc from 'fast-check';
import type { Output, Stored, TopicEdge } from './model.ts';
import * as vocabulary from './vocabulary.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 3 });

const topicKeys = fc.uniqueArray(vocabulary.key, { maxLength: 3 });

/** Name and type belong to the key, whoever writes it. */
function edges(keys: readonly string[], weights: readonly number[]): readonly TopicEdge[] {
  return keys.map((key, index) => ({
    key,
    name: `Name of ${key}`,
    type: ['topic', 'person', 'Person', 'place'][key.length % 4] ?? 'topic',
    weight: weights[index] ?? 1,
  }));
}

const output: fc.Arbitrary<Output> = fc
  .record({
    version: vocabulary.wholes,
    model: maybe(vocabulary.model),
    name: maybe(vocabulary.text),
    runId: maybe(fc.constantFrom('r1', 'r2')),
    producedAt: vocabulary.moment,
    sizeBytes: fc.constantFrom(1, 10, 100),
    dead: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  })
  .map(present);

const metrics = fc.record(
  Object.fromEntries(
    [...vocabulary.METRICS].map(([name, type]) => [name, maybe(vocabulary.metricValue(type))]),
  ),
);

const article: fc.Arbitrary<Stored> = fc
  .record({
    id: vocabulary.id,
    url: maybe(vocabulary.url),
    title: vocabulary.title,
    description: maybe(fc.oneof(vocabulary.text, vocabulary.numerals, vocabulary.numerals)),
    language: maybe(vocabulary.language),
    section: maybe(vocabulary.text),
    source: maybe(vocabulary.key),
    authors: fc.array(vocabulary.text, { maxLength: 3 }),
    topics: fc
      .tuple(topicKeys, fc.array(vocabulary.weight, { minLength: 3, maxLength: 3 }))
      .map(([keys, weights]) => edges(keys, weights)),
    projectedTopics: fc
      .tuple(topicKeys, fc.array(vocabulary.weight, { minLength: 3, maxLength: 3 }))
      .map(([keys, weights]) => edges(keys, weights)),
    publishedAt: maybe(vocabulary.moment),
    ingestedAt: vocabulary.moment,
    updatedAt: vocabulary.moment,
    rev: vocabulary.wholes,
    attributes: vocabulary.attributes,
    metrics,
    outputs: fc
      .array(fc.tuple(vocabulary.kind, output), { maxLength: 3 })
      .map((entries) => new Map(entries)),
  })
  .map(({ metrics: values, ...rest }) => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    return { ...present(rest), metrics: new Map(given) as Stored['metrics'] };
  });

function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Articles with unique ids and urls, as many as a few pages of each size need. */
export const corpus: fc.Arbitrary<readonly Stored[]> = fc
  .uniqueArray(article, { minLength: 20, maxLength: 45, selector: ({ id }) => id })
  .map((articles) => {
    const taken = new Set<string>();
    return articles.map(({ url, ...rest }) => {
      // Projected topics are those of the entities output, so they live as long as it does.
      const entities = rest.outputs.get('entities');
      const projectedTopics = entities && !entities.dead ? rest.projectedTopics : [];
      const own = url === undefined || taken.has(url) ? undefined : url;
      if (own !== undefined) taken.add(own);
      return { ...rest, projectedTopics, ...(own === undefined ? {} : { url: own }) };
    });
  });
