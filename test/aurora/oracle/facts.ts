import type { OutputFact, Timestamp } from '../../../src/domain/index.ts';
import type { Output, Stored, TopicEdge } from './model.ts';
import { METRICS } from './vocabulary.ts';

/** The output of this kind yields topics. */
export const TOPICS_KIND = 'entities';
export const TOPICS_PROJECTION = 'people';

/** The kind of output that a metric is read from. */
export function kindOf(metric: string): string {
  return `of-${metric}`;
}

/** Of some articles, first versions, whose values must not be seen once the last is in. */
export function earlierFacts(article: Stored): readonly OutputFact[] {
  if (article.title.length % 3 !== 0) return [];
  const outputs = [...article.outputs].flatMap(([kind, output]) => {
    if (output.version === 1) return [];
    const before = { ...output, version: output.version - 1, model: 'before', dead: false };
    return fact(article.id, kind, before, kind === TOPICS_KIND ? [STALE_TOPIC] : []);
  });
  const metrics = [...METRICS].map(([name, type]) =>
    metricFact(article.id, name, 1, { value: EARLIER[type] }),
  );
  return [...outputs, ...metrics.filter((_, index) => (article.id.length + index) % 2 === 0)];
}

const STALE_TOPIC: TopicEdge = { key: 'stale', name: 'Stale', type: 'topic', weight: 1 };
const EARLIER = {
  number: 1,
  string: 'a',
  boolean: true,
  time: '2024-01-01T00:00:00.000000Z',
} as const;

export function lastFacts(article: Stored, round = 1): readonly OutputFact[] {
  const outputs = [...article.outputs].map(([kind, output]) =>
    fact(
      article.id,
      kind,
      { ...output, version: output.version + 10 * (round - 1) },
      kind === TOPICS_KIND ? article.projectedTopics : [],
    ),
  );
  const metrics = [...METRICS.keys()].map((name, index) => {
    const value = article.metrics.get(name);
    if (value !== undefined) return metricFact(article.id, name, 1 + round, { value });
    const fates = ['missed', 'failed', 'dead'] as const;
    return metricFact(
      article.id,
      name,
      1 + round,
      fates[(article.id.length + index) % 3] ?? 'missed',
    );
  });
  return [...outputs, ...metrics];
}

function fact(
  articleId: string,
  kind: string,
  output: Output,
  topics: readonly TopicEdge[],
): OutputFact {
  const { version, dead, model, name, runId, producedAt, sizeBytes } = output;
  const producer = Object.entries({ model, name, runId }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    articleId,
    kind,
    version,
    dead,
    producer: Object.fromEntries(producer),
    producedAt: producedAt as Timestamp,
    storedAt: producedAt as Timestamp,
    sizeBytes,
    sha256: '0'.repeat(64),
    projected:
      dead || kind !== TOPICS_KIND
        ? []
        : [{ projection: TOPICS_PROJECTION, status: 'matched', topics }],
  };
}

function metricFact(
  articleId: string,
  name: string,
  version: number,
  outcome: { readonly value: string | number | boolean } | 'missed' | 'failed' | 'dead',
): OutputFact {
  return {
    articleId,
    kind: kindOf(name),
    version,
    dead: outcome === 'dead',
    producedAt: EARLIER.time as Timestamp,
    storedAt: EARLIER.time as Timestamp,
    sizeBytes: 1,
    sha256: '0'.repeat(64),
    projected:
      outcome === 'dead'
        ? []
        : [
            typeof outcome === 'string'
              ? { projection: name, status: outcome }
              : { projection: name, status: 'matched', value: outcome.value },
          ],
  };
}
