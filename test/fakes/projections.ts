import {
  type CatalogueEntry,
  type Context,
  createRegistry,
  isArticleId,
  isKey,
  MAX_METRIC_STRING_BYTES,
  type MetricValue,
  type OutputFact,
  type OutputShape,
  type ProjectedRelation,
  type ProjectedResult,
  type ProjectedTopic,
  type Projection,
  type ProjectionDefinition,
  type ProjectionStore,
  type ProjectionVerdict,
  type RunStore,
  type Shape,
  SYMMETRIC_RELATIONS,
  type Timestamp,
  tellNewShape,
} from '../../src/domain/index.ts';
import { createFakeRuns } from './runs.ts';

/** What the store that projections belong to tells of its articles. */
export interface Articles {
  state(id: string): 'live' | 'deleted' | 'unknown';
  now(): Timestamp;
  /** Notes that readers of an article see something else. */
  touch(id: string): void;
  /** Gives a topic the name and type that a projection found, if nobody else has, or itself by an older definition. */
  nameTopic(
    topic: ProjectedTopic,
    by: { readonly name: string; readonly generation: number },
  ): void;
  /** Takes away what a projection named. */
  releaseTopics(projection: string): void;
}

interface Kept extends Projection {
  /** No two evaluations share it, whatever names they have. */
  readonly generation: number;
  after: string;
  done: number;
  total: number;
  readonly values: Map<string, Exclude<MetricValue, null>>;
  readonly topics: Map<string, readonly ProjectedTopic[]>;
  readonly edges: Map<string, readonly (ProjectedRelation & { readonly order: number })[]>;
}

interface Entry {
  readonly fact: OutputFact;
  readonly shape: OutputShape | undefined;
  readonly projected: ReadonlyMap<string, { readonly status: string; readonly generation: number }>;
}

export interface ProjectedEdge {
  readonly projection: string;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly weight: number | null;
  readonly order: number;
}

export interface FakeProjections extends ProjectionStore, RunStore {
  revision(): number;
  metricsOf(id: string): Record<string, MetricValue>;
  topicsOf(id: string): readonly { readonly projection: string; readonly topic: ProjectedTopic }[];
  /** Between live articles; a symmetric one once. */
  edges(): readonly ProjectedEdge[];
  /** Live outputs of an article by kind. */
  outputsOf(id: string): ReadonlyMap<string, OutputFact>;
  /** Outputs of an article for its catalogue, by kind. */
  catalogueOf(id: string): Pick<CatalogueEntry, 'outputs' | 'gone'>;
  forget(id: string): void;
}

/** Projections kept in memory: the same promises as `createProjections`, in the plainest way. */
export function createFakeProjections(articles: Articles): FakeProjections {
  const kept = new Map<string, Kept>();
  const outputs = new Map<string, Entry>();
  const shapes = new Map<
    string,
    { kind: string; shape: OutputShape; first: Timestamp; last: Timestamp }
  >();
  const runs = createFakeRuns(
    (runId) =>
      [...outputs.values()]
        .filter(({ fact }) => !fact.dead && fact.producer?.runId === runId)
        .map(({ fact: { articleId, kind } }) => ({ articleId, kind })),
    () => articles.now(),
  );
  let revision = 0;
  let counter = 0;

  const live = (): Kept[] => [...kept.values()].filter(({ state }) => state !== 'retiring');
  const retiring = (): Kept[] => [...kept.values()].filter(({ state }) => state === 'retiring');
  const shown = (): Kept[] => [...kept.values()].filter(({ name }) => !name.startsWith('~'));
  const entries = (kind: string): Entry[] =>
    [...outputs.values()].filter(({ fact }) => fact.kind === kind && !fact.dead);
  const isDue = (projection: Kept, entry: Entry): boolean =>
    entry.projected.get(projection.name)?.generation !== projection.generation;

  function start(name: string, definition: ProjectionDefinition, before: Kept | undefined): Kept {
    const now = articles.now();
    const stays =
      before !== undefined &&
      before.state !== 'retiring' &&
      before.definition.kind === definition.kind &&
      canonical(before.definition.target) === canonical(definition.target);
    if (before && !stays) leaveBehind(before);
    revision += 1;
    return {
      name,
      definition,
      revision: (before?.revision ?? 0) + 1,
      generation: revision,
      state: 'backfilling',
      createdAt: before && before.state !== 'retiring' ? before.createdAt : now,
      updatedAt: now,
      after: '',
      done: 0,
      total: entries(definition.kind).length,
      values: stays ? before.values : new Map(),
      topics: stays ? before.topics : new Map(),
      edges: stays ? before.edges : new Map(),
    };
  }

  /** What an earlier definition yielded: values wait under a name that nobody can give, the rest goes at once. */
  function leaveBehind(before: Kept): void {
    const { name, generation } = before;
    const hidden = `~${name}~${generation}`;
    kept.set(hidden, {
      ...before,
      name: hidden,
      state: 'retiring',
      topics: new Map(),
      edges: new Map(),
    });
    clear({ ...before, values: new Map() }, before.topics.size + before.edges.size);
  }

  /** Takes what a projection holds away from some articles. */
  function clear(projection: Kept, limit: number): number {
    const { values, topics, edges } = projection;
    const ids = [...new Set([...values.keys(), ...topics.keys(), ...edges.keys()])].slice(0, limit);
    for (const id of ids) {
      const seen = values.delete(id);
      if (topics.delete(id) || seen) articles.touch(id);
      edges.delete(id);
    }
    return ids.length;
  }

  /** Sets what a projection makes of an article; true when a reader sees something else. */
  function apply(projection: Kept, id: string, result: ProjectedResult | undefined): boolean {
    const { values, topics, edges } = projection;
    const before = canonical([values.get(id), topics.get(id)]);
    values.delete(id);
    topics.delete(id);
    const old = edges.get(id) ?? [];
    edges.delete(id);
    if (result && 'value' in result && isStorable(result.value)) values.set(id, result.value);
    if (result && 'topics' in result) {
      const found = new Map<string, ProjectedTopic>();
      for (const topic of result.topics.filter(({ key }) => isKey(key))) {
        articles.nameTopic(topic, projection);
        const weight = Math.max(topic.weight, found.get(topic.key)?.weight ?? 0);
        found.set(topic.key, { key: topic.key, weight });
      }
      if (found.size > 0) topics.set(id, [...found.values()]);
    }
    if (result && 'relations' in result) {
      const found = new Map<string, ProjectedRelation & { order: number }>();
      for (const { to, weight } of result.relations) {
        if (to === id || !isArticleId(to)) continue;
        const order = old.find((edge) => edge.to === to)?.order ?? ++counter;
        found.set(to, { to, weight: greater(weight, found.get(to)?.weight ?? null), order });
      }
      if (found.size > 0) edges.set(id, [...found.values()]);
    }
    return before !== canonical([values.get(id), topics.get(id)]);
  }

  function enter(ctx: Context, fact: OutputFact): ProjectionVerdict {
    const state = articles.state(fact.articleId);
    if (state !== 'live') return state === 'deleted' ? 'gone' : 'unknown';
    const key = `${fact.articleId}#${fact.kind}`;
    const before = outputs.get(key);
    if (before && before.fact.version > fact.version) return 'applied';
    const same = before?.fact.version === fact.version;
    const dead = fact.dead || (same && before.fact.dead);
    if (fact.known && (!same || dead)) return 'applied';
    const projected = new Map(same && !dead ? before.projected : []);
    let changed = false;
    for (const projection of kept.values()) {
      if (projection.definition.kind !== fact.kind) continue;
      const found = fact.projected.find((one) => one.projection === projection.name);
      if (dead || projection.state === 'retiring') {
        changed = apply(projection, fact.articleId, undefined) || changed;
      } else if (found) {
        const { generation } = projection;
        const failed = 'value' in found && !isStorable(found.value);
        projected.set(projection.name, { status: failed ? 'failed' : found.status, generation });
        changed = apply(projection, fact.articleId, found) || changed;
      }
    }
    const shape = fact.shape ?? (same ? before.shape : undefined);
    const told = fact.known && before ? before.fact : { ...fact, dead };
    outputs.set(key, { fact: told, shape, projected });
    if (fact.shape && !dead) note(ctx, fact, fact.shape);
    if (fact.producer?.runId !== undefined && !dead) runs.note(fact.producer.runId);
    if (fact.takenBackFrom !== undefined && !same) runs.takenBack(fact.takenBackFrom);
    if (changed) articles.touch(fact.articleId);
    return 'applied';
  }

  function note(ctx: Context, fact: OutputFact, shape: OutputShape): void {
    const { kind, articleId, producer, storedAt: at } = fact;
    const key = `${kind}#${shape.hash}`;
    const model = producer?.model === undefined ? {} : { model: producer.model };
    if (!shapes.has(key)) tellNewShape(ctx, { kind, shape: shape.hash, articleId, ...model });
    const { first = at, last = at } = shapes.get(key) ?? {};
    const times = [at, first, last].sort();
    shapes.set(key, { kind, shape, first: times[0] ?? at, last: times[2] ?? at });
  }

  function describe({
    kind,
    shape,
    first,
    last,
  }: NonNullable<ReturnType<typeof shapes.get>>): Shape {
    const now = entries(kind).filter((entry) => entry.shape?.hash === shape.hash);
    const models = new Set(now.flatMap(({ fact }) => fact.producer?.model ?? []));
    const example = now.at(-1)?.fact.articleId;
    return {
      kind,
      paths: shape.paths,
      types: shape.types,
      count: now.length,
      models: [...models].sort(),
      firstSeenAt: first,
      lastSeenAt: last,
      ...(example === undefined ? {} : { exampleArticleId: example }),
    };
  }

  return {
    ...runs,
    readRegistry: async () =>
      createRegistry(
        revision,
        shown()
          .map(toProjection)
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        retiring().length > 0,
      ),

    async putProjection(_, name, definition, ifRevision) {
      const before = kept.get(name);
      const there = before && before.state !== 'retiring' ? before.revision : 0;
      if (ifRevision !== undefined && ifRevision !== there) {
        return { status: 'stale', revision: there };
      }
      if (before && before.state !== 'retiring') {
        if (canonical(before.definition) === canonical(definition)) {
          return { status: 'unchanged', projection: toProjection(before) };
        }
        if (meaning(before.definition) === meaning(definition)) {
          revision += 1;
          const told = { ...before, definition, updatedAt: articles.now() };
          kept.set(name, told);
          return { status: 'updated', projection: toProjection(told) };
        }
      }
      const made = start(name, definition, before);
      kept.set(name, made);
      const status = before && before.state !== 'retiring' ? 'updated' : 'created';
      return { status, projection: toProjection(made) };
    },

    async deleteProjection(_, name, ifRevision) {
      const before = kept.get(name);
      if (!before || before.state === 'retiring') return 'not_found';
      if (ifRevision !== undefined && ifRevision !== before.revision) return 'stale';
      kept.set(name, { ...before, state: 'retiring', updatedAt: articles.now() });
      revision += 1;
      return 'deleted';
    },

    async clearRetired(_, limit) {
      let cleared = 0;
      for (const projection of retiring()) {
        if (cleared >= limit) return { cleared, left: true };
        cleared += clear(projection, limit - cleared);
        const { values, topics, edges } = projection;
        if (values.size + topics.size + edges.size > 0) return { cleared, left: true };
        articles.releaseTopics(projection.name);
        kept.delete(projection.name);
      }
      return { cleared, left: false };
    },

    promoteMetrics: async () => ({ moved: 0, left: false }),

    async readCoverage() {
      return new Map(
        shown().map((projection) => {
          const all = entries(projection.definition.kind);
          const coverage = { matched: 0, missed: 0, failed: 0, total: all.length };
          for (const { projected } of all) {
            const result = projected.get(projection.name);
            if (result?.generation !== projection.generation) continue;
            coverage[result.status as keyof typeof coverage] += 1;
          }
          return [projection.name, coverage];
        }),
      );
    },

    project: async (ctx, facts, asked) =>
      facts.map((fact) => (asked === revision ? enter(ctx, fact) : 'outdated')),

    async nextBackfill(_, { limit }) {
      for (;;) {
        const [projection] = live().filter(({ state }) => state === 'backfilling');
        if (!projection) return undefined;
        const { name, definition } = projection;
        const due = entries(definition.kind)
          .filter((entry) => isDue(projection, entry) && entry.fact.articleId > projection.after)
          .sort((a, b) => (a.fact.articleId < b.fact.articleId ? -1 : 1))
          .slice(0, limit);
        if (due.length === 0 && projection.after === '') {
          kept.set(name, { ...projection, state: 'active', updatedAt: articles.now() });
        } else if (due.length === 0) {
          projection.after = '';
        } else {
          projection.after = due.at(-1)?.fact.articleId ?? '';
          projection.done += due.length;
          return {
            projection: name,
            revision: projection.revision,
            outputs: due.map(({ fact: { articleId, kind, version } }) => ({
              articleId,
              kind,
              version,
            })),
            done: Math.min(projection.done, projection.total),
            total: projection.total,
          };
        }
      }
    },

    async restartBackfill(_, name) {
      const before = kept.get(name);
      if (!before || before.state === 'retiring') return 'not_found';
      revision += 1;
      const total = entries(before.definition.kind).length;
      const again = { state: 'backfilling', generation: revision, after: '', done: 0 } as const;
      kept.set(name, { ...before, ...again, total, updatedAt: articles.now() });
      return 'started';
    },

    async countKinds() {
      const counts = new Map<string, number>();
      for (const { fact } of outputs.values()) {
        if (!fact.dead) counts.set(fact.kind, (counts.get(fact.kind) ?? 0) + 1);
      }
      return counts;
    },

    readShapes: async (_, kind) =>
      [...shapes.values()]
        .filter((shape) => kind === undefined || shape.kind === kind)
        .map(describe)
        .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : b.count - a.count)),

    revision: () => revision,

    metricsOf: (id) =>
      Object.fromEntries(
        live()
          .filter(({ values }) => values.has(id))
          .map(({ name, values }) => [name, values.get(id) ?? null]),
      ),

    topicsOf: (id) =>
      [...kept.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap(({ name, topics }) =>
          (topics.get(id) ?? []).map((topic) => ({ projection: name, topic })),
        ),

    edges() {
      const found = new Map<string, ProjectedEdge>();
      for (const { name, definition, edges } of kept.values()) {
        if (definition.target.type !== 'relations') continue;
        const kind = definition.target.relation;
        for (const [id, ends] of edges) {
          for (const { to: other, weight, order } of ends) {
            if (articles.state(id) !== 'live' || articles.state(other) !== 'live') continue;
            const swapped = SYMMETRIC_RELATIONS.has(kind) && id > other;
            const [from, to] = swapped ? [other, id] : [id, other];
            const key = `${name}#${from}#${to}`;
            const twin = found.get(key);
            found.set(key, {
              projection: name,
              kind,
              from,
              to,
              weight: greater(weight, twin?.weight ?? null),
              order: Math.min(order, twin?.order ?? order),
            });
          }
        }
      }
      return [...found.values()];
    },

    outputsOf: (id) =>
      new Map(
        [...outputs.values()]
          .filter(({ fact }) => fact.articleId === id && !fact.dead)
          .map(({ fact }) => [fact.kind, fact]),
      ),

    catalogueOf(id) {
      const own = [...outputs.values()]
        .filter(({ fact }) => fact.articleId === id)
        .sort((a, b) => (a.fact.kind < b.fact.kind ? -1 : 1));
      const seenBy = ({ projected }: Entry): Record<string, string> =>
        Object.fromEntries(
          live().flatMap(({ name, generation }) => {
            const seen = projected.get(name);
            return seen?.generation === generation ? [[name, seen.status]] : [];
          }),
        );
      return {
        outputs: own
          .filter(({ fact }) => !fact.dead)
          .map((entry) => {
            const { kind, version } = entry.fact;
            return { kind, version, seenBy: seenBy(entry) };
          }),
        gone: own
          .filter(({ fact }) => fact.dead)
          .map(({ fact: { kind, version } }) => ({ kind, version })),
      };
    },

    forget(id) {
      for (const [key, { fact }] of outputs) if (fact.articleId === id) outputs.delete(key);
      for (const { values, topics, edges } of kept.values()) {
        values.delete(id);
        topics.delete(id);
        edges.delete(id);
      }
    },
  };
}

function toProjection({
  name,
  definition,
  revision,
  state,
  createdAt,
  updatedAt,
}: Kept): Projection {
  return { name, definition, revision, state, createdAt, updatedAt };
}

function isStorable(value: Exclude<MetricValue, null>): boolean {
  if (typeof value !== 'string') return typeof value === 'boolean' || Number.isFinite(value);
  const fits = Buffer.byteLength(value) <= MAX_METRIC_STRING_BYTES;
  return fits && value.isWellFormed() && !value.includes('\0');
}

function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** A definition without what changes no value. */
function meaning({ description: _, unit: __, ...rest }: ProjectionDefinition): string {
  return canonical(rest);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
