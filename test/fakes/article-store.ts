import {
  type Article,
  type ArticleInput,
  type ArticleOutcome,
  type ArticlePatch,
  type ArticleQuery,
  type ArticleState,
  type ArticleStore,
  CAPPED_COUNT,
  type CatalogueEntry,
  type Clock,
  type Context,
  type CursorValues,
  fieldsOf,
  IDEMPOTENCY_HOURS,
  JsonText,
  type JsonTree,
  normaliseUrl,
  type OrderKey,
  type OutboxEntry,
  printJson,
  type RelatedReason,
  type Relation,
  readJson,
  registryChanged,
  ServiceError,
  SYMMETRIC_RELATIONS,
  type Timestamp,
  TOMBSTONE_DAYS,
  type Topic,
  type TopicInput,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { aggregateOver } from './aggregate.ts';
import { compareValues, matches, type Subject } from './filter-evaluator.ts';
import { createFakeProjections, type FakeProjections } from './projections.ts';
import { type FakeSource, fakeVocabulary, namedOnly } from './vocabulary.ts';

interface Row {
  rev: number;
  stamp: number;
  content: Content;
  ingestedAt: Timestamp;
  updatedAt: Timestamp;
  deletedAtMs?: number;
}

/** What a caller wrote, names kept apart: they belong to their keys. */
type Content = Omit<ArticleInput, 'id' | 'body' | 'source' | 'topics'> & {
  readonly source?: string;
  readonly topics: readonly { readonly key: string; readonly weight: number }[];
  readonly body?: { readonly sha256: string; readonly sizeBytes: number };
};

type Answered = { requestHash: string; article: Article; expiresAtMs: number };

const DAY_MS = 86_400_000;

/** With a look at the catalogue, which the port tells only through what is made of it. */
export type FakeArticleStore = ArticleStore & Pick<FakeProjections, 'outputsOf'>;

/** The port kept in memory, for tests of what stands on it. Passes the same contract as the real one. */
export function createFakeArticleStore({ clock }: { readonly clock: Clock }): FakeArticleStore {
  const rows = new Map<string, Row>();
  const sources = new Map<string, FakeSource>();
  const topics = new Map<string, { name: string; type: string }>();
  /** What a projection named, by which definition, and what it gave. */
  const labels = new Map<
    string,
    {
      readonly from: string;
      readonly generation: number;
      readonly name: string | undefined;
      readonly type: string | undefined;
    }
  >();
  const answers = new Map<string, Answered>();
  let edges: (Relation & { order: number })[] = [];
  let outbox: Omit<OutboxEntry, 'state'>[] = [];
  let counter = 0;

  const now = (): Timestamp => timestampFromMs(clock.now());

  /** Enters into the outbox that an article changed. */
  function tell(articleId: string, ctx?: Context): void {
    const requestId = ctx && { requestId: ctx.requestId };
    outbox.push({ seq: ++counter, articleId, createdAt: now(), ...requestId });
  }

  const projections = createFakeProjections({
    now,
    state: (id) => {
      const row = find(id);
      return row === 'gone' ? 'deleted' : row ? 'live' : 'unknown';
    },
    touch(id) {
      const row = rows.get(id);
      if (!row) return;
      rows.set(id, { ...row, stamp: row.stamp + 1 });
      tell(id);
    },
    nameTopic({ key, name = key, type = 'topic' }, by) {
      const before = topics.get(key);
      const label = labels.get(key);
      const isOwn = label?.from === by.name;
      const isOlder = isOwn && label.generation < by.generation;
      const names = !before || before.name === key || (isOlder && before.name === label.name);
      const types = !before || before.type === 'topic' || (isOlder && before.type === label.type);
      topics.set(key, {
        name: names ? name : before.name,
        type: types ? type : before.type,
      });
      const takes = !before || before.name === key || !label;
      if (!takes && !isOwn) return;
      labels.set(key, {
        from: by.name,
        generation: by.generation,
        name: names ? name : label?.name,
        type: types ? type : isOwn ? label.type : undefined,
      });
    },
    releaseTopics(projection) {
      for (const [key, label] of labels) {
        const topic = topics.get(key);
        if (label.from !== projection || !topic) continue;
        labels.delete(key);
        topics.set(key, {
          name: topic.name === label.name ? key : topic.name,
          type: topic.type === label.type ? 'topic' : topic.type,
        });
      }
    },
  });

  function find(id: string): Row | 'gone' | undefined {
    const row = rows.get(id);
    if (row?.deletedAtMs === undefined) return row;
    return clock.now() - row.deletedAtMs < TOMBSTONE_DAYS * DAY_MS ? 'gone' : undefined;
  }

  function named(key: string): { key: string; name: string; type: string } {
    return { key, name: key, type: 'topic', ...topics.get(key) };
  }

  function articleOf(id: string, row: Row): Article {
    const { source, topics: own, body, ...content } = row.content;
    return {
      ...content,
      id,
      rev: row.rev,
      stamp: row.stamp,
      ingestedAt: row.ingestedAt,
      updatedAt: row.updatedAt,
      metrics: projections.metricsOf(id),
      topics: [
        ...own.map(({ key, weight }) => ({ ...named(key), weight })),
        ...projections.topicsOf(id).map(({ projection, topic: { key, weight } }) => ({
          ...named(key),
          weight,
          projection,
        })),
      ],
      ...(source === undefined
        ? {}
        : { source: { key: source, name: sources.get(source)?.profile.name ?? source } }),
      ...(body === undefined ? {} : { body }),
    };
  }

  function stateOf(id: string): ArticleState {
    const row = find(id);
    if (row === 'gone') return { state: 'deleted' };
    return row ? { state: 'live', article: articleOf(id, row) } : { state: 'unknown' };
  }

  function live(): Article[] {
    return [...rows].flatMap(([id, row]) =>
      row.deletedAtMs === undefined ? [articleOf(id, row)] : [],
    );
  }

  /** The articles of a source have copies that show its earlier name. */
  function renamed(key: string): void {
    for (const [id, row] of rows) {
      if (row.deletedAtMs !== undefined || row.content.source !== key) continue;
      row.stamp++;
      tell(id);
    }
  }

  /** Claims names; true when one of them changed. */
  function name(
    given: readonly TopicInput[],
    source: { key?: string; name?: string } | undefined,
  ): boolean {
    let changed = false;
    for (const { key, name: title, type } of given) {
      const before = topics.get(key);
      const after = { name: title ?? before?.name ?? key, type: type ?? before?.type ?? 'topic' };
      changed ||= before?.name !== after.name || before?.type !== after.type;
      topics.set(key, after);
    }
    if (source?.key !== undefined) {
      const before = sources.get(source.key);
      const after = source.name ?? before?.profile.name ?? source.key;
      if (before === undefined) sources.set(source.key, namedOnly(after));
      else if (before.profile.name !== after) {
        sources.set(source.key, {
          profile: { ...before.profile, name: after },
          rev: before.rev + 1,
        });
        renamed(source.key);
      }
      changed ||= before?.profile.name !== after;
    }
    return changed;
  }

  function save(
    ctx: Context,
    id: string,
    content: Content,
    names: readonly TopicInput[],
    source: { key?: string; name?: string } | undefined,
  ): ArticleOutcome {
    const url = content.url && normaliseUrl(content.url);
    const holder =
      url &&
      live().find((other) => other.id !== id && other.url && normaliseUrl(other.url) === url);
    if (holder) return { status: 'conflict', on: 'url', existing: holder.id };
    const row = rows.get(id);
    const fresh = row === undefined || row.deletedAtMs !== undefined;
    const renamed = name(names, source);
    if (!fresh && !renamed && same(row.content, content)) {
      return { status: 'unchanged', article: articleOf(id, row) };
    }
    const saved: Row = {
      rev: (row?.rev ?? 0) + 1,
      stamp: (row?.stamp ?? 0) + 1,
      content,
      ingestedAt: fresh ? now() : row.ingestedAt,
      updatedAt: now(),
    };
    rows.set(id, saved);
    tell(id, ctx);
    return { status: fresh ? 'created' : 'updated', article: articleOf(id, saved) };
  }

  function write(
    ctx: Context,
    mode: 'create' | 'put',
    { input, bodySha256, bodySizeBytes }: Parameters<ArticleStore['put']>[1],
    ifRev?: number,
  ): ArticleOutcome {
    const { id, body: _, source, topics: given, ...rest } = input;
    const row = find(id);
    if (row === 'gone') return { status: 'gone' };
    if (row && mode === 'create') return { status: 'conflict', on: 'id', existing: id };
    if (ifRev !== undefined && ifRev !== (row?.rev ?? 0))
      return { status: 'stale', rev: row?.rev ?? 0 };
    const content: Content = {
      ...rest,
      topics: given.map(({ key, weight }) => ({ key, weight })),
      ...(source ? { source: source.key } : {}),
      ...(bodySha256 === undefined
        ? {}
        : { body: { sha256: bodySha256, sizeBytes: bodySizeBytes ?? 0 } }),
    };
    return save(ctx, id, content, given, source);
  }

  function patchOne(
    ctx: Context,
    id: string,
    patch: ArticlePatch,
    body: { sha256: string; sizeBytes: number } | undefined,
    ifRev?: number,
  ): ArticleOutcome {
    const row = find(id);
    if (row === 'gone') return { status: 'gone' };
    if (ifRev !== undefined && ifRev !== (row?.rev ?? 0))
      return { status: 'stale', rev: row?.rev ?? 0 };
    if (!row) return { status: 'not_found' };
    const { body: text, source, topics: given, authors, attributes, ...rest } = patch;
    const content: Record<string, unknown> = { ...row.content };
    for (const [member, value] of Object.entries(rest)) {
      if (value === null) delete content[member];
      else if (value !== undefined) content[member] = value;
    }
    if (authors !== undefined) content.authors = authors ?? [];
    if (given !== undefined)
      content.topics = (given ?? []).map(({ key, weight }) => ({ key, weight }));
    if (attributes === null) content.attributes = new JsonText('{}');
    else if (attributes) {
      content.attributes = new JsonText(
        printJson(merge(tree(row.content.attributes.text), tree(attributes.text))),
      );
    }
    if (text === null) delete content.body;
    else if (body) content.body = body;
    const key = source?.key ?? (source ? row.content.source : undefined);
    if (source && key === undefined) return { status: 'invalid_source' };
    if (source === null) delete content.source;
    else if (key !== undefined) content.source = key;
    return save(
      ctx,
      id,
      content as unknown as Content,
      given ?? [],
      source ? { ...source, key: key as string } : undefined,
    );
  }

  function end(id: string): { status: 'not_found' | 'gone'; id: string } | undefined {
    const row = find(id);
    if (row === 'gone') return { status: 'gone', id };
    return row ? undefined : { status: 'not_found', id };
  }

  const isEdge = (edge: Relation, from: string, kind: string, to: string): boolean =>
    edge.kind === kind &&
    ((edge.from === from && edge.to === to) ||
      (SYMMETRIC_RELATIONS.has(kind) && edge.from === to && edge.to === from));

  /** Edges of an article as its reader sees them. */
  function edgesOf(id: string) {
    const projected = projections.edges().map((edge) => ({
      ...edge,
      origin: 'ai' as const,
      createdAt: now(),
    }));
    return [...edges, ...projected]
      .filter((edge) => edge.from === id || edge.to === id)
      .map((edge) => {
        const symmetric = SYMMETRIC_RELATIONS.has(edge.kind);
        const seen = symmetric && edge.to === id ? { ...edge, from: id, to: edge.from } : edge;
        return { seen, out: seen.from === id, in: symmetric || seen.to === id };
      });
  }

  const plain = ({ order: _, ...edge }: Relation & { order: number }): Relation => edge;

  /** The articles that a question is about. `byMetric`: it names metrics beside its filter's. */
  function matching(
    op: string,
    { filter, text, registry, now: at }: Pick<ArticleQuery, 'filter' | 'text' | 'registry' | 'now'>,
    byMetric: boolean,
  ): Article[] {
    if (text !== undefined) throw new ServiceError('invalid', op, 'No full text here.');
    const named = filter ? fieldsOf(filter) : [];
    const usesMetrics = byMetric || named.some(({ kind }) => kind === 'metric');
    if (usesMetrics && registry.revision !== projections.revision()) throw registryChanged(op);
    const subject = (article: Article): Subject => ({
      article,
      outputs: projections.outputsOf(article.id),
      nowMs: Date.parse(at),
      metricType: (name) => registry.metric(name),
    });
    return live().filter((article) => !filter || matches(filter, subject(article)));
  }

  const store: FakeArticleStore = {
    get: async (_, id) => stateOf(id),

    async find(_, query) {
      const byMetric = query.orderBy.some(({ by }) => by.kind === 'metric');
      const found = matching('fake.find', query, byMetric);
      const sorted = found
        .map((article) => ({
          article,
          cursor: query.orderBy.map((key) => cursorValue(key, article)),
        }))
        .sort((a, b) => compareCursors(query.orderBy, a.cursor, b.cursor));
      const rest = sorted.filter(
        ({ cursor }) => !query.after || compareCursors(query.orderBy, cursor, query.after) > 0,
      );
      const entries = rest.slice(query.skip, query.skip + query.pageSize);
      const more = rest.length > query.skip + query.pageSize;
      const capped = query.count === 'capped' && found.length > CAPPED_COUNT;
      return {
        entries,
        more,
        ...(query.explain
          ? { plan: { planClass: 'in_memory', indexes: [], rowsRead: rows.size, sql: '' } }
          : {}),
        ...(query.count === 'none'
          ? {}
          : {
              total: {
                size: capped ? CAPPED_COUNT : found.length,
                kind: capped ? 'at_least' : query.count === 'estimate' ? 'estimate' : 'exact',
              } as const,
            }),
      };
    },

    async create(ctx, wanted, key) {
      const kept = key && answers.get(key.key);
      if (key && kept && kept.expiresAtMs > clock.now()) {
        return kept.requestHash === key.requestHash
          ? { status: 'replayed', article: kept.article }
          : { status: 'key_reused' };
      }
      const outcome = write(ctx, 'create', wanted);
      if (key && outcome.status === 'created') {
        const expiresAtMs = clock.now() + IDEMPOTENCY_HOURS * 3_600_000;
        answers.set(key.key, {
          requestHash: key.requestHash,
          article: outcome.article,
          expiresAtMs,
        });
      }
      return outcome;
    },

    put: async (ctx, wanted, ifRev) => write(ctx, 'put', wanted, ifRev),
    putMany: async (ctx, wanted) => wanted.map((one) => write(ctx, 'put', one)),
    patch: async (ctx, id, patch, body, ifRev) => patchOne(ctx, id, patch, body, ifRev),

    async delete(ctx, id, ifRev) {
      const row = find(id);
      if (row === 'gone') return 'gone';
      if (!row) return 'not_found';
      if (ifRev !== undefined && ifRev !== row.rev) return 'stale';
      rows.set(id, { ...row, rev: row.rev + 1, stamp: row.stamp + 1, deletedAtMs: clock.now() });
      edges = edges.filter(({ from, to }) => from !== id && to !== id);
      projections.forget(id);
      tell(id, ctx);
      return 'deleted';
    },

    async putRelation(_, { from, to, kind, weight, origin, attributes }) {
      const missing = end(from) ?? end(to);
      if (missing) return missing;
      const before = edges.find((edge) => isEdge(edge, from, kind, to));
      const order = before?.order ?? ++counter;
      const edge = {
        from,
        to,
        kind,
        weight: weight ?? null,
        origin: origin ?? null,
        createdAt: before?.createdAt ?? now(),
        ...(attributes === undefined ? {} : { attributes }),
        order,
      };
      edges = [...edges.filter((other) => other !== before), edge];
      return { status: before ? 'updated' : 'created', relation: plain(edge) };
    },

    async deleteRelation(_, { from, kind, to }) {
      const missing = end(from) ?? end(to);
      if (missing) return missing;
      edges = edges.filter((edge) => !isEdge(edge, from, kind, to));
      return { status: 'deleted' };
    },

    async findRelations(_, id, { direction, kind, pageSize, after }) {
      const state = stateOf(id);
      if (state.state !== 'live') return { state: state.state };
      const found = edgesOf(id)
        .filter((edge) => kind === undefined || edge.seen.kind === kind)
        .filter((edge) => direction === 'both' || edge[direction])
        .map(({ seen }) => seen)
        .sort((a, b) => b.order - a.order)
        .filter(({ order }) => after === undefined || order < Number(after[0]));
      const items = found.slice(0, pageSize);
      const last = items.at(-1);
      return {
        state: 'live',
        items: items.map(plain),
        ...(found.length > pageSize && last ? { next: [last.order] } : {}),
      };
    },

    async related(_, id, { kinds, limit }) {
      const state = stateOf(id);
      if (state.state !== 'live') return { state: state.state };
      const asked = state.article;
      const found = live()
        .filter((other) => other.id !== id)
        .map((other) => {
          const why: RelatedReason[] = [];
          let points = 0;
          const byKind = new Map<string, number | null>();
          for (const { seen } of edgesOf(id)) {
            if (seen.to !== other.id && seen.from !== other.id) continue;
            if (kinds && !kinds.includes(seen.kind)) continue;
            const before = byKind.get(seen.kind);
            byKind.set(seen.kind, Math.max(seen.weight ?? 0, before ?? 0) || seen.weight);
          }
          for (const [kind, weight] of byKind) {
            why.push({ type: 'relation', kind, weight });
            points += weight ?? 1;
          }
          for (const topic of kinds ? [] : asked.topics.filter(isFirst)) {
            const theirs = other.topics.find(({ key }) => key === topic.key);
            if (!theirs) continue;
            why.push({ type: 'topic', key: topic.key, name: topic.name });
            points += 0.3 * Math.min(topic.weight, theirs.weight);
          }
          if (!kinds && asked.source && asked.source.key === other.source?.key) {
            why.push({ type: 'source', key: asked.source.key });
            points += 0.1;
          }
          if (why.length > 0 && asked.publishedAt && other.publishedAt) {
            const apart =
              Math.abs(Date.parse(asked.publishedAt) - Date.parse(other.publishedAt)) / 3_600_000;
            if (apart <= 168) why.push({ type: 'time', hoursApart: Math.round(apart * 10) / 10 });
          }
          return { article: other, score: points / (1 + points), why };
        })
        .filter(({ why }) => why.length > 0)
        .sort((a, b) => b.score - a.score);
      return { state: 'live', related: found.slice(0, limit) };
    },

    readOutbox: async (_, limit) =>
      outbox
        .slice(0, limit)
        .map((entry): OutboxEntry => ({ ...entry, state: stateOf(entry.articleId) })),

    async settleOutbox(_, seqs) {
      outbox = outbox.filter(({ seq }) => !seqs.includes(seq));
    },

    ...projections,

    aggregate: async (_, query) =>
      aggregateOver(matching('fake.aggregate', query, query.columns.length > 0), query),
    ...fakeVocabulary({ sources, topics, live, renamed }),
    async readCatalogue(_, query) {
      const ids = 'ids' in query ? query.ids : [...rows.keys()].filter((id) => id > query.after);
      return [...ids]
        .sort()
        .flatMap((articleId): CatalogueEntry[] => {
          const row = rows.get(articleId);
          if (!row) return [];
          const state = row.deletedAtMs === undefined ? 'live' : 'deleted';
          const catalogue = projections.catalogueOf(articleId);
          const since = ('since' in query && query.since) || '';
          const stored = [...projections.outputsOf(articleId).values()];
          const recent =
            row.updatedAt >= since ||
            (row.deletedAtMs ?? 0) >= Date.parse(since || '9999-01-01') ||
            stored.some(({ storedAt }) => storedAt >= since);
          return recent ? [{ articleId, state, stamp: row.stamp, ...catalogue }] : [];
        })
        .slice(0, 'ids' in query ? query.ids.length : query.limit);
    },

    ping: async () => undefined,
  };
  return store;
}

function cursorValue({ by }: OrderKey, article: Article): string | number | boolean | null {
  if (by.kind === 'relevance') {
    throw new ServiceError('invalid', 'fake.find', 'No full text here.');
  }
  return (by.kind === 'metric' ? article.metrics[by.name] : article[by.name]) ?? null;
}

/** Whether a topic is the first of its key: whoever yields it too, it counts once. */
function isFirst({ key }: Topic, index: number, all: readonly Topic[]): boolean {
  return all.findIndex((other) => other.key === key) === index;
}

/** Missing values come last in both directions. */
function compareCursors(keys: readonly OrderKey[], a: CursorValues, b: CursorValues): number {
  for (const [index, { direction }] of keys.entries()) {
    const [x, y] = [a[index] ?? null, b[index] ?? null];
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
      continue;
    }
    const order = compareValues(x, y);
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return 0;
}

/** Every digit of every number is kept. */
function tree(text: string): JsonTree {
  return readJson(text, { exactNumbers: true, duplicates: 'last' });
}

/** RFC 7396. */
function merge(target: JsonTree, patch: JsonTree): JsonTree {
  if (!isObject(patch)) return patch;
  const result: Record<string, JsonTree> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name] ?? null, value);
  }
  return result;
}

function isObject(value: JsonTree): value is { readonly [name: string]: JsonTree } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonText)
  );
}

function same(a: Content, b: Content): boolean {
  return canonical(a) === canonical(b);
}

/** One text for contents that mean the same: the order of members does not count. */
function canonical(value: unknown): string {
  if (value instanceof JsonText)
    return canonical(tree(value.text) instanceof JsonText ? value.text : tree(value.text));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([x], [y]) => (x < y ? -1 : 1));
    return `{${members.map(([name, member]) => `${name}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
