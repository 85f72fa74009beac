import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ArticleQuery,
  isRegistryChanged,
  isServiceError,
  JsonText,
  type OutputFact,
  type ProjectedResult,
  parseFilter,
  parseOrderBy,
  type Registry,
  type Timestamp,
  timestampFromMs,
} from '../../../src/domain/index.ts';
import type { ArticleStoreUnderTest } from '../article-store.contract.ts';

const time = (text: string): Timestamp => `${text}T00:00:00.000000Z` as Timestamp;

/** One article of the corpus: what is not said is not there. */
interface Sample {
  readonly attributes?: string;
  readonly authors?: readonly string[];
  readonly topics?: readonly (readonly [
    key: string,
    weight?: number,
    type?: string,
    name?: string,
  ])[];
  readonly publishedAt?: Timestamp;
  readonly title?: string;
  readonly metrics?: Readonly<Record<string, number | string | boolean>>;
  readonly summary?: Partial<OutputFact>;
}

const CORPUS: Readonly<Record<string, Sample>> = {
  a: {
    attributes:
      '{"n":1,"s":"Älpha","b":true,"list":["x","Y",1],"deep":{"er":"z"},"no":null,"0":"zero"}',
    authors: ['Ann Lee', 'Bo'],
    topics: [
      ['ferry', 1, 'topic', 'Ferry'],
      ['mayor', 0.5, 'person', 'The Mayor'],
    ],
    publishedAt: time('2026-01-01'),
    metrics: { score: 1, verdict: 'good', paid: true, seen: time('2026-01-05'), last: 10 },
    summary: { producer: { model: 'm-1', name: 'svc', runId: 'r1' }, version: 2, sizeBytes: 100 },
  },
  b: {
    attributes: '{"n":1.0,"s":"alpha","b":false,"list":[],"deep":["er"],"when":"2026-01-01"}',
    authors: ['bo'],
    topics: [['ferry', 0.25]],
    publishedAt: time('2026-01-02'),
    metrics: { score: 2, verdict: 'bad', paid: false, last: 9 },
    summary: { producer: { model: 'm-2' }, version: 1, sizeBytes: 2_000 },
  },
  c: {
    attributes: '{"n":12345678901234567890.5,"s":"x*y","list":[["x"],{"k":1},null]}',
    topics: [['mayor', 1]],
    publishedAt: time('2026-01-02'),
    metrics: { score: 2, last: 8 },
    summary: {},
  },
  d: {
    attributes: '{"n":"1","s":["Älpha"],"deep":{"er":{"too":1}}}',
    publishedAt: time('2026-01-03'),
    metrics: { score: -0.5, seen: time('2026-02-01') },
    summary: { dead: true },
  },
  e: { title: 'Other', metrics: { last: 7, verdict: 'Good' } },
  f: { title: 'Other', authors: ['Cy'], topics: [['harbour']] },
};

const METRICS = {
  score: 'number',
  verdict: 'string',
  paid: 'boolean',
  seen: 'time',
  last: 'number',
} as const;

let count = 0;

/** What every article store finds, and in which order. */
export function queryFacts(subject: () => ArticleStoreUnderTest): void {
  const store = () => subject().store;
  const ctx = () => subject().ctx();

  describe('a question', () => {
    let mark: string;
    let registry: Registry;
    const names: Record<string, string> = {};

    beforeAll(async () => {
      mark = `q-${process.pid}-${count++}`;
      // All columns for numbers are taken before the last metric comes: it goes where the overflow goes.
      const filler = Array.from({ length: 24 }, (_, n) => `${mark}-fill-${n}`);
      for (const [name, valueType] of Object.entries(METRICS)) {
        names[name] = `${mark}-${name}`;
        if (name === 'last') {
          for (const one of filler) await define(one, 'number');
        }
        await define(names[name], valueType);
      }
      registry = await store().readRegistry(ctx());
      for (const [letter, sample] of Object.entries(CORPUS)) await enter(letter, sample);
      return async () => {
        for (const name of [...filler, ...Object.values(names)]) {
          await store().deleteProjection(ctx(), name);
        }
        while ((await store().clearRetired(ctx(), 100)).left);
      };
    });

    const define = (name: string, valueType: (typeof METRICS)[keyof typeof METRICS]) =>
      store().putProjection(ctx(), name, {
        kind: 'quality',
        target: { type: 'metric', valueType },
        select: [`$.${valueType}`],
      });

    const key = (topic: string): string => `${mark}-${topic}`;

    async function enter(letter: string, sample: Sample): Promise<void> {
      const id = `${mark}-${letter}`;
      await store().put(ctx(), {
        input: {
          id,
          title: sample.title ?? 'Title',
          section: mark,
          authors: sample.authors ?? [],
          topics: (sample.topics ?? []).map(([topic, weight = 1, type, name]) => ({
            key: key(topic),
            weight,
            ...(type === undefined ? {} : { type }),
            ...(name === undefined ? {} : { name }),
          })),
          attributes: new JsonText(sample.attributes ?? '{}'),
          ...(sample.publishedAt === undefined ? {} : { publishedAt: sample.publishedAt }),
        },
      });
      const fact: OutputFact = {
        articleId: id,
        kind: 'quality',
        version: 1,
        dead: false,
        producedAt: time('2026-01-01'),
        storedAt: time('2026-01-01'),
        sizeBytes: 3,
        sha256: '0',
        projected: Object.entries(sample.metrics ?? {}).map(
          ([name, value]): ProjectedResult => ({
            projection: names[name] ?? '',
            status: 'matched',
            value,
          }),
        ),
      };
      const facts = sample.summary
        ? [fact, { ...fact, kind: 'summary', projected: [], ...sample.summary }]
        : [fact];
      const verdicts = await store().project(ctx(), facts, registry.revision);
      expect(verdicts.every((verdict) => verdict === 'applied')).toBe(true);
    }

    /** `metrics.score` and `"@ferry"` stand for this corpus's own. */
    const spell = (text: string): string =>
      text
        .replace(/metrics\.(\w+)/g, (_, name: string) => `metrics.${names[name]}`)
        .replace(/@/g, `${mark}-`);

    const query = (filter: string, overrides: Partial<ArticleQuery> = {}): ArticleQuery => {
      const asked = spell(`section = "${mark}" AND (${filter})`);
      const parsed = parseFilter(asked, registry);
      if (!parsed) throw new Error('empty');
      return {
        registry,
        filter: parsed,
        orderBy: parseOrderBy('id', registry) ?? [],
        pageSize: 100,
        skip: 0,
        count: 'exact',
        now: timestampFromMs(Date.UTC(2026, 0, 4)),
        ...overrides,
      };
    };

    const letters = (ids: readonly string[]): string => ids.map((id) => id.at(-1)).join('');

    const ask = async (asked: ArticleQuery): Promise<string> => {
      const found = await store().find(ctx(), asked);
      expect(found.total).toEqual({ size: found.entries.length, kind: 'exact' });
      return letters(found.entries.map(({ article }) => article.id));
    };

    it.each([
      // Lists.
      ['authors:"Bo"', 'a'],
      ['authors:"B*"', 'a'],
      ['authors:("bo","Cy","nobody")', 'bf'],
      ['authors = "Bo"', ''],
      ['authors != "Bo"', 'abcdef'],
      ['authors < "Z"', ''],
      ['authors:*', 'abf'],
      ['authors = null', 'cde'],
      ['NOT authors:"Bo"', 'bcdef'],
      ['topics:"@ferry"', 'ab'],
      ['topics:("@ferry","@harbour")', 'abf'],
      ['topics:"@*r*y"', 'ab'],
      ['topics:"ferry"', ''],
      ['topics = "@ferry"', ''],
      ['topics:*', 'abcf'],
      ['topics = null', 'de'],
      ['NOT topics:"@mayor"', 'bdef'],
      ['topics:"@ferry" AND topics:"@mayor"', 'a'],
      ['topics:"@ferry" OR title = "Other"', 'abef'],
      // One and the same topic.
      ['topics.any(type="person" AND weight>0.4)', 'ac'],
      ['topics.any(type="topic" AND weight<1)', 'b'],
      ['topics.any(name:"MAYOR")', 'ac'],
      ['topics.any(name="The Mayor" AND weight=1)', 'c'],
      ['topics.any(NOT key="@ferry")', 'acf'],
      ['NOT topics.any(key="@ferry")', 'cdef'],
      ['topics.any(weight != 1)', 'ab'],
      ['topics.any(key:("@ferry","@mayor"))', 'abc'],
      ['topics.any(weight:*)', 'abcf'],
      ['topics.any(name < "G")', 'ab'],
      // Attributes.
      ['attributes.n = 1', 'ab'],
      ['attributes.n != 1', 'cdef'],
      ['attributes.n:1', 'ab'],
      ['attributes.n = "1"', 'd'],
      ['attributes.n > 12345678901234567890', 'c'],
      ['attributes.n >= 12345678901234567890.6', ''],
      ['attributes.n = 12345678901234567890.50', 'c'],
      ['attributes.n < 2', 'ab'],
      ['NOT attributes.n < 2', 'cdef'],
      ['attributes.n > "0"', 'd'],
      ['attributes.n:(1,"1")', 'abd'],
      ['attributes.s = "Älpha"', 'a'],
      ['attributes.s:"ÄLP"', 'a'],
      ['attributes.s:"älpha"', 'a'],
      ['attributes.s:"Älpha"', 'ad'],
      ['attributes.s:"*lpha"', 'abd'],
      ['attributes.s = "*lpha"', 'ab'],
      ['attributes.s = "x\\*y"', 'c'],
      ['attributes.s = "*\\**"', 'c'],
      ['attributes.s != "*lpha"', 'cdef'],
      ['attributes.s > "a"', 'abc'],
      ['attributes.s > "b"', 'ac'],
      ['attributes.s > "b*"', 'ac'],
      ['attributes.b = true', 'a'],
      ['attributes.b < true', 'b'],
      ['attributes.b >= false', 'ab'],
      ['attributes.b:*', 'ab'],
      ['attributes.b = "true"', ''],
      ['attributes.list:"x"', 'a'],
      ['attributes.list:"X"', ''],
      ['attributes.list:1', 'a'],
      ['attributes.list:("Y","nothing")', 'a'],
      ['attributes.list = "x"', ''],
      ['attributes.list:*', 'ac'],
      ['attributes.list = null', 'bdef'],
      ['attributes.deep.er = "z"', 'a'],
      ['attributes.deep:"er"', 'b'],
      ['attributes.deep.er:*', 'ad'],
      ['attributes.deep.er.too = 1', 'd'],
      ['attributes.no:*', ''],
      ['attributes."0" = "zero"', 'a'],
      ['attributes.list."0" = "x"', ''],
      ['attributes.when = 2026-01-01', 'b'],
      ['attributes.when > "2025"', 'b'],
      // Metrics, in columns and beyond.
      ['metrics.score > 0', 'abc'],
      ['metrics.score = 2', 'bc'],
      ['metrics.score != 2', 'adef'],
      ['NOT metrics.score > 0', 'def'],
      ['metrics.score:*', 'abcd'],
      ['metrics.score = null', 'ef'],
      ['metrics.score:(1, -0.5)', 'ad'],
      ['metrics.score > 0 OR metrics.last < 8', 'abce'],
      ['metrics.score > 0 AND metrics.last < 10', 'bc'],
      ['metrics.last >= 9', 'ab'],
      ['NOT metrics.last >= 9', 'cdef'],
      ['metrics.verdict = "good"', 'a'],
      ['metrics.verdict:"GOO"', 'ae'],
      ['metrics.verdict = "*o*d"', 'ae'],
      ['metrics.paid = true', 'a'],
      ['metrics.paid != true', 'bcdef'],
      ['metrics.paid:false', 'b'],
      ['metrics.seen > 2026-01-05', 'd'],
      ['metrics.seen <= now+1d', 'a'],
      ['metrics.seen = "2026-02-01"', 'd'],
      // AI outputs.
      ['ai.summary:*', 'abc'],
      ['ai.summary = null', 'def'],
      ['NOT ai.summary:*', 'def'],
      ['ai.never-made:*', ''],
      ['ai.summary.model = "m-1"', 'a'],
      ['ai.summary.model != "m-1"', 'bcdef'],
      ['ai.summary.model:"M-"', 'ab'],
      ['ai.summary.model:*', 'ab'],
      ['ai.summary.model = null', 'cdef'],
      ['ai.summary.model:("m-1","m-2")', 'ab'],
      ['ai.summary.version >= 2', 'a'],
      ['ai.summary.sizeBytes > 99.5', 'ab'],
      ['ai.summary.runId = "r*"', 'a'],
      ['ai.summary.name = "svc"', 'a'],
      ['ai.summary.producedAt < 2026-01-02', 'abc'],
      // All of it together.
      ['(topics:"@ferry" OR attributes.n = "1") AND NOT metrics.score = 2', 'ad'],
      ['ai.summary:* AND topics:* AND metrics.verdict:* AND attributes.b = false', 'b'],
    ])('%s is true of "%s"', async (text, expected) => {
      expect(await ask(query(text))).toBe(expected);
    });

    /** The whole order, page by page. */
    async function walk(filter: string, orderBy: string, pageSize: number): Promise<string> {
      const order = parseOrderBy(spell(orderBy), registry) ?? [];
      const seen: string[] = [];
      let next: ArticleQuery | undefined = query(filter, { orderBy: order, pageSize });
      for (let pages = 0; next && pages < 20; pages++) {
        const found = await store().find(ctx(), next);
        expect(found.more).toBe(
          found.entries.length === pageSize && seen.length + pageSize < (found.total?.size ?? 0),
        );
        seen.push(...found.entries.map(({ article }) => article.id));
        const last = found.entries.at(-1);
        next = found.more && last ? { ...next, after: last.cursor } : undefined;
      }
      return letters(seen);
    }

    it.each([
      ['publishedAt', 'abcdef'],
      ['publishedAt desc', 'dcbafe'],
      ['publishedAt desc, id', 'dbcaef'],
      ['metrics.score', 'dabcef'],
      ['metrics.score desc', 'cbadfe'],
      ['metrics.score desc, id', 'bcadef'],
      ['metrics.score desc, publishedAt', 'bcadef'],
      ['metrics.score, publishedAt desc', 'dacbfe'],
      ['metrics.last', 'ecbadf'],
      ['metrics.last desc', 'abcefd'],
      ['metrics.last desc, publishedAt, title desc', 'abcedf'],
      ['metrics.verdict', 'ebacdf'],
      ['metrics.verdict desc, metrics.score', 'abedcf'],
      ['metrics.paid', 'bacdef'],
      ['metrics.paid desc, metrics.last desc', 'abcefd'],
      ['metrics.seen desc', 'dafecb'],
      ['title, metrics.score desc', 'fecbad'],
      ['rev, metrics.last, metrics.score', 'ecbadf'],
    ])('orders by %s', async (orderBy, expected) => {
      expect(await walk('id:*', orderBy, 100)).toBe(expected);
      expect(await walk('id:*', orderBy, 1)).toBe(expected);
      expect(await walk('id:*', orderBy, 4)).toBe(expected);
    });

    it.each([
      ['topics:"@ferry"', 'publishedAt desc', 'ba'],
      ['topics:"@ferry"', 'metrics.score desc', 'ba'],
      ['topics:"@mayor"', 'metrics.score', 'ac'],
      ['topics:("@ferry","@mayor","@harbour")', 'publishedAt desc', 'cbaf'],
      ['topics:("@ferry","@mayor","@harbour")', 'metrics.score, publishedAt desc', 'acbf'],
      ['topics:("@ferry","@mayor","@harbour")', 'id desc', 'fcba'],
      ['topics:("@ferry","@mayor","@harbour")', 'publishedAt, title', 'abcf'],
      ['topics:("@ferry","@mayor","@harbour")', 'metrics.score, title desc', 'acbf'],
      ['topics:("@ferry","@mayor") AND metrics.last < 10', 'publishedAt', 'bc'],
      ['topics:"@ferry" AND topics:"@mayor"', 'publishedAt', 'a'],
      ['topics:"@ferry" AND NOT authors:"Bo"', 'publishedAt', 'b'],
      ['metrics.score > 0', 'metrics.score desc', 'cba'],
      ['metrics.score:*', 'metrics.last', 'cbad'],
      ['publishedAt > now-3d', 'publishedAt desc', 'dcb'],
    ])('finds %s in the order of %s', async (filter, orderBy, expected) => {
      expect(await walk(filter, orderBy, 100)).toBe(expected);
      expect(await walk(filter, orderBy, 1)).toBe(expected);
      expect(await walk(filter, orderBy, 3)).toBe(expected);
    });

    it('skips over the border between what has a value and what has none', async () => {
      const orderBy = parseOrderBy(spell('metrics.score'), registry) ?? [];
      const found = await store().find(ctx(), query('id:*', { orderBy, skip: 3, pageSize: 2 }));
      expect(letters(found.entries.map(({ article }) => article.id))).toBe('ce');
      expect(found).toMatchObject({ more: true, total: { size: 6 } });
    });

    it('is refused where its metrics are of an older registry, and only then', async () => {
      const old = { ...registry, revision: registry.revision - 1 };
      const byMetric = { ...query('metrics.score > 0'), registry: old };
      const refused = await store()
        .find(ctx(), byMetric)
        .catch((error: unknown) => error);
      expect(isRegistryChanged(refused)).toBe(true);
      expect(isServiceError(refused, 'conflict')).toBe(true);
      expect(await ask({ ...query('topics:"@ferry"'), registry: old })).toBe('ab');
    });

    it('tells how it was found when asked', async () => {
      const found = await store().find(ctx(), query('id:*', { explain: true }));
      expect(found.plan).toMatchObject({ planClass: expect.any(String), sql: expect.any(String) });
      expect(found.plan?.rowsRead).toBeGreaterThan(0);
    });
  });
}
