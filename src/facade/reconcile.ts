import type {
  AiOutputInfo,
  AiOutputStore,
  ArticleCopyState,
  ArticleStore,
  CatalogueEntry,
  Clock,
  Context,
  OutputHead,
  OutputRead,
  Projection,
} from '../domain/index.ts';
import { mapLimited, withoutWaiting } from './budget.ts';
import type { EnterOutputs } from './enter-outputs.ts';
import { createRaiseOutput } from './output-raise.ts';
import type { RegistrySource } from './registry-source.ts';
import type { Difference, Reconciler } from './upkeep.ts';

/** Articles compared at a time: their heads must fit in memory. */
const PAGE = 100;

/** Copies read and repairs made at a time. */
const WIDTH = 8;

/** Where a walk begins: the articles of Aurora, by id, then what DynamoDB has beside them. */
const START = 'aurora:';
const STRAYS = 'dynamodb:';

/** Pending outputs looked through: what they speak of is under way, and no difference yet. */
const PENDING = 5_000;

/**
 * Compares what both stores have of each article: copies and tombstones with the article's row, heads of
 * outputs with the catalogue and with what the present projections have seen of them, and what DynamoDB has
 * of articles that Aurora does not know.
 */
export function createReconciler(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly registry: RegistrySource;
  readonly enterOutputs: EnterOutputs;
  readonly clock: Clock;
}): Pick<Reconciler, 'compare' | 'settle'> {
  const { articles, outputs, registry, enterOutputs } = parts;
  const raise = createRaiseOutput(parts);

  async function differencesOf(
    ctx: Context,
    entries: readonly (
      | CatalogueEntry
      | { readonly articleId: string; readonly state: 'unknown' }
    )[],
  ): Promise<{ differences: Difference[]; outputs: number }> {
    const ids = entries.map(({ articleId }) => articleId);
    const { projections } = await registry.refresh(ctx);
    const [copies, reads] = await Promise.all([
      mapLimited(ids, WIDTH, (id) => outputs.getArticle(ctx, id)),
      outputs.getOutputsMany(ctx, ids, 'all'),
    ]);
    const differences: Difference[] = [];
    let heads = 0;
    entries.forEach((entry, index) => {
      const found = reads.get(entry.articleId) ?? new Map<string, OutputRead>();
      const copy = copies[index] ?? { state: 'unknown' };
      heads += found.size;
      differences.push(
        ...differencesOfCopy(entry, copy),
        ...(entry.state === 'live'
          ? differencesOfOutputs(entry, found, projections)
          : [...found.keys()].map((kind) => of(entry.articleId, 'orphan', kind))),
      );
    });
    return { differences, outputs: heads };
  }

  async function lookAgain(ctx: Context, ids: readonly string[]): Promise<Difference[]> {
    const known = await articles.readCatalogue(withoutWaiting(ctx), { ids });
    const byId = new Map(known.map((entry) => [entry.articleId, entry]));
    const entries = ids.map(
      (articleId) => byId.get(articleId) ?? ({ articleId, state: 'unknown' } as const),
    );
    const [{ differences }, pending, outbox] = await Promise.all([
      differencesOf(ctx, entries),
      outputs.readIntents(ctx, { limit: PENDING }),
      articles.readOutbox(withoutWaiting(ctx), PENDING),
    ]);
    // What stands in an outbox is brought over by its own machinery.
    const underWay = new Set([...pending, ...outbox].map(({ articleId }) => articleId));
    return differences.filter(({ articleId }) => !underWay.has(articleId));
  }

  /** How many are mended. */
  async function repairOutputs(ctx: Context, differences: readonly Difference[]): Promise<number> {
    if (differences.length === 0) return 0;
    const keys = differences.flatMap(({ articleId, kind }) =>
      kind === undefined ? [] : [{ articleId, kind }],
    );
    const [heads, entries] = await Promise.all([
      outputs.readHeads(ctx, keys),
      articles.readCatalogue(withoutWaiting(ctx), { ids: idsOf(differences) }),
    ]);
    const catalogue = new Map(entries.map((entry) => [entry.articleId, entry]));
    const facts = await mapLimited(keys, WIDTH, async (key, index) => {
      const head = heads[index];
      // One that cannot be decoded is not mended by entering it again.
      if (head === undefined || head === 'unavailable' || head === 'corrupt') return [];
      const above = versionAbove(catalogue.get(key.articleId), key.kind, head);
      if (above === undefined) return head === 'missing' ? [] : [head];
      const raised = await raise(ctx, key, head, above);
      return raised === undefined ? [] : [raised];
    });
    const verdicts = await enterOutputs(ctx, facts.flat(), () => false);
    return verdicts.filter((verdict) => verdict === 'applied').length;
  }

  async function repairArticle(ctx: Context, id: string): Promise<void> {
    const now = await articles.get(withoutWaiting(ctx), id);
    if (now.state === 'live') return outputs.putArticle(ctx, now.article);
    const copy = await outputs.getArticle(ctx, id);
    if (now.state === 'deleted') await outputs.putTombstone(ctx, id);
    else if (copy.state === 'live') await outputs.removeCopy(ctx, id, copy.article.stamp);
    const all = await outputs.getOutputs(ctx, id, 'all', { consistent: true });
    await outputs.removeArticle(ctx, id);
    for (const [kind, read] of all) {
      if (read.status !== 'found') continue;
      await outputs.removeHead(ctx, id, kind, read.head.info.version);
    }
  }

  return {
    async compare(ctx, { at = START, since }) {
      if (at.startsWith(START)) {
        const entries = await articles.readCatalogue(withoutWaiting(ctx), {
          after: at.slice(START.length),
          limit: PAGE,
          ...(since === undefined ? {} : { since }),
        });
        const { differences, outputs: compared } = await differencesOf(ctx, entries);
        const last = entries.at(-1)?.articleId;
        const more = entries.length === PAGE && last !== undefined;
        // What changed lately stands in Aurora; strays are looked for in a walk over everything.
        const next = more ? START + last : since === undefined ? STRAYS : undefined;
        return {
          articles: entries.length,
          outputs: compared,
          suspects: idsOf(differences),
          ...(next === undefined ? {} : { next }),
        };
      }
      const after = at.slice(STRAYS.length);
      const { articleIds, next } = await outputs.scanArticles(
        ctx,
        after === '' ? undefined : after,
      );
      const suspects: string[] = [];
      for (let from = 0; from < articleIds.length; from += PAGE) {
        const ids = articleIds.slice(from, from + PAGE);
        const known = await articles.readCatalogue(withoutWaiting(ctx), { ids });
        const there = new Set(known.map(({ articleId }) => articleId));
        suspects.push(...ids.filter((id) => !there.has(id)));
      }
      return {
        articles: 0,
        outputs: 0,
        suspects,
        ...(next === undefined ? {} : { next: STRAYS + next }),
      };
    },

    async settle(ctx, ids, { apply }) {
      const found: Difference[] = [];
      let repaired = 0;
      for (let from = 0; from < ids.length; from += PAGE) {
        const some = await lookAgain(ctx, ids.slice(from, from + PAGE));
        found.push(...some);
        if (!apply || some.length === 0) continue;
        const ofOutputs = some.filter(({ what }) => what === 'catalogue' || what === 'projection');
        repaired += await repairOutputs(ctx, ofOutputs);
        const others = some.filter((one) => !ofOutputs.includes(one));
        await mapLimited(idsOf(others), WIDTH, (id) => repairArticle(ctx, id));
        repaired += others.length;
      }
      return { found, repaired };
    },
  };
}

function differencesOfCopy(
  entry: CatalogueEntry | { readonly articleId: string; readonly state: 'unknown' },
  copy: ArticleCopyState,
): Difference[] {
  const { articleId } = entry;
  switch (entry.state) {
    case 'live':
      return copy.state === 'live' && copy.article.stamp === entry.stamp
        ? []
        : [of(articleId, 'copy')];
    case 'deleted':
      // A tombstone ends after its days; nothing has to stand in its place.
      return copy.state === 'live' ? [of(articleId, 'tombstone')] : [];
    case 'unknown':
      return copy.state === 'live' ? [of(articleId, 'orphan')] : [];
  }
}

function differencesOfOutputs(
  { articleId, outputs, gone }: CatalogueEntry,
  reads: ReadonlyMap<string, OutputRead>,
  projections: readonly Projection[],
): Difference[] {
  const differences: Difference[] = [];
  const known = new Map(outputs.map((one) => [one.kind, one]));
  for (const kind of new Set([...known.keys(), ...reads.keys()])) {
    const read = reads.get(kind);
    if (read?.status === 'unavailable') continue;
    const info: AiOutputInfo | undefined = read?.status === 'found' ? read.head.info : undefined;
    const entry = known.get(kind);
    if (info?.version !== entry?.version) {
      const deleted = gone.find((one) => one.kind === kind);
      const version = entry?.version ?? deleted?.version ?? info?.version ?? 0;
      differences.push({ ...of(articleId, 'catalogue', kind), version });
      continue;
    }
    const unseen = projections.some(
      ({ name, definition, state }) =>
        definition.kind === kind && state === 'active' && entry?.seenBy[name] === undefined,
    );
    if (unseen) differences.push(of(articleId, 'projection', kind));
  }
  return differences;
}

function of(articleId: string, what: Difference['what'], kind?: string): Difference {
  return { articleId, what, ...(kind === undefined ? {} : { kind }) };
}

function idsOf(differences: readonly Difference[]): string[] {
  return [...new Set(differences.map(({ articleId }) => articleId))];
}

/** The version of the catalogue that what the owner has would not get past; undefined where it would. */
function versionAbove(
  entry: CatalogueEntry | undefined,
  kind: string,
  head: OutputHead | 'missing',
): number | undefined {
  const { outputs: live = [], gone: deleted = [] } = entry ?? {};
  const known = live.find((one) => one.kind === kind);
  const gone = deleted.find((one) => one.kind === kind);
  if (head === 'missing') return known?.version;
  const { version } = head.info;
  if (known) return known.version > version ? known.version : undefined;
  // A delete counts against a write of its own version.
  const counts =
    gone !== undefined && (head.dead ? gone.version > version : gone.version >= version);
  return counts ? gone.version : undefined;
}
