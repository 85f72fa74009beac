import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArticleInput,
  type ArticleOutcome,
  type ArticleQuery,
  type ArticleStore,
  type ArticleWrite,
  type Context,
  type CursorValues,
  type Direction,
  type Filter,
  type IdempotencyKey,
  JsonText,
  NO_REGISTRY,
  type OrderField,
  parseFilter,
  type Timestamp,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { aggregationFacts } from './article-store/aggregations.ts';

import { catalogueFacts } from './article-store/catalogue.ts';
import { projectionFacts } from './article-store/projections.ts';
import { queryFacts } from './article-store/queries.ts';
import { runFacts } from './article-store/runs.ts';
import { vocabularyFacts } from './article-store/vocabulary.ts';

/** A store to hold to the contract, and a context for each call. */
export interface ArticleStoreUnderTest {
  readonly store: ArticleStore;
  ctx(): Context;
  close(): Promise<void>;
}

let count = 0;
const fresh = (prefix = 'a'): string => `${prefix}-${process.pid}-${count++}`;
const hash = (text: string): string => text.padEnd(64, '0').slice(0, 64);

const write = (overrides: Partial<ArticleInput> = {}): ArticleWrite => ({
  input: {
    id: fresh(),
    title: 'Title',
    authors: [],
    topics: [],
    attributes: new JsonText('{}'),
    ...overrides,
  },
});

const articleOf = (outcome: ArticleOutcome) => {
  if (!('article' in outcome)) throw new Error(`no article: ${JSON.stringify(outcome)}`);
  return outcome.article;
};

const orderBy = (...keys: [OrderField, Direction][]): ArticleQuery['orderBy'] =>
  keys.map(([name, direction]) => ({ by: { kind: 'field', name }, direction }));

const query = (overrides: Partial<ArticleQuery> = {}): ArticleQuery => ({
  registry: NO_REGISTRY,
  orderBy: orderBy(['id', 'asc']),
  pageSize: 100,
  skip: 0,
  count: 'none',
  now: timestampFromMs(Date.UTC(2026, 0, 1)),
  ...overrides,
});

/** What every article store keeps. Run on the fake and on the real one, on each engine. */
export function articleStoreContract(
  name: string,
  make: () => Promise<ArticleStoreUnderTest>,
): void {
  describe(`article store: ${name}`, () => {
    let under: ArticleStoreUnderTest;
    let store: ArticleStore;
    const ctx = () => under.ctx();
    beforeAll(async () => {
      under = await make();
      store = under.store;
    });
    afterAll(() => under?.close());

    const put = async (overrides: Partial<ArticleInput> = {}) =>
      articleOf(await store.put(ctx(), write(overrides)));

    describe('a write', () => {
      it('tells the article as it was stored', async () => {
        const id = fresh();
        const outcome = await store.create(ctx(), {
          input: {
            id,
            url: `https://x.example/${id}`,
            title: 'عنوان 🗞',
            description: 'ß',
            language: 'ar',
            section: 'local',
            source: { key: `s-${id}`, name: 'S' },
            authors: ['A', 'B'],
            topics: [
              { key: `t2-${id}`, weight: 0.25, name: 'T', type: 'person' },
              { key: `t1-${id}`, weight: 1 },
            ],
            publishedAt: '2026-03-01T10:00:00.123456Z' as Timestamp,
            attributes: new JsonText(
              '{"n": 1234567890123456789012345678901234567890.5, "u": "🦊"}',
            ),
            body: 'text',
          },
          bodySha256: hash('ab'),
          bodySizeBytes: 4,
        });
        expect(outcome.status).toBe('created');
        const article = articleOf(outcome);
        expect(article).toMatchObject({
          id,
          url: `https://x.example/${id}`,
          title: 'عنوان 🗞',
          description: 'ß',
          language: 'ar',
          section: 'local',
          source: { key: `s-${id}`, name: 'S' },
          authors: ['A', 'B'],
          topics: [
            { key: `t2-${id}`, name: 'T', type: 'person', weight: 0.25 },
            { key: `t1-${id}`, name: `t1-${id}`, type: 'topic', weight: 1 },
          ],
          publishedAt: '2026-03-01T10:00:00.123456Z',
          rev: 1,
          metrics: {},
          body: { sha256: hash('ab'), sizeBytes: 4 },
        });
        expect(article.attributes.text).toContain('1234567890123456789012345678901234567890.5');
        expect(article.ingestedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(await store.get(ctx(), id)).toEqual({ state: 'live', article });
      });

      it('leaves absent what is absent', async () => {
        const article = await put();
        for (const name of [
          'url',
          'description',
          'language',
          'section',
          'source',
          'publishedAt',
          'body',
        ]) {
          expect(article).not.toHaveProperty(name);
        }
      });

      it('changes nothing when the content is the same', async () => {
        const id = fresh();
        const same = {
          id,
          source: { key: `s-${id}` },
          topics: [{ key: `t-${id}`, weight: 0.1 }],
          attributes: new JsonText('{"a":1}'),
        };
        const first = await put(same);
        const again = await store.put(ctx(), write(same));
        expect(again).toEqual({ status: 'unchanged', article: first });
        const other = await store.put(
          ctx(),
          write({ ...same, attributes: new JsonText('{"a":2}') }),
        );
        expect(other.status).toBe('updated');
        expect(articleOf(other)).toMatchObject({ rev: 2, stamp: first.stamp + 1 });
      });

      it('names belong to their keys: given ones count for all, absent ones leave them', async () => {
        const [topic, source] = [fresh('t'), fresh('s')];
        const a = await put({ topics: [{ key: topic, weight: 1 }], source: { key: source } });
        expect(a.topics[0]).toMatchObject({ name: topic, type: 'topic' });
        await put({
          topics: [{ key: topic, weight: 1, name: 'N', type: 'place' }],
          source: { key: source, name: 'M' },
        });
        await put({ topics: [{ key: topic, weight: 0.5 }], source: { key: source } });
        const now = await store.get(ctx(), a.id);
        expect(now).toMatchObject({
          article: {
            topics: [{ name: 'N', type: 'place', weight: 1 }],
            source: { name: 'M' },
            rev: 1,
          },
        });
      });

      it('is guarded by the revision', async () => {
        const { id } = await put();
        expect(await store.put(ctx(), write({ id, title: 'B' }), 2)).toEqual({
          status: 'stale',
          rev: 1,
        });
        expect((await store.put(ctx(), write({ id, title: 'B' }), 1)).status).toBe('updated');
        expect(await store.patch(ctx(), id, { title: 'C' }, undefined, 1)).toEqual({
          status: 'stale',
          rev: 2,
        });
        expect(await store.delete(ctx(), id, 1)).toBe('stale');
        expect(await store.put(ctx(), write(), 1)).toEqual({ status: 'stale', rev: 0 });
      });

      it('refuses a taken id and a taken url', async () => {
        const first = await put({ url: `https://X.example/${fresh()}` });
        expect(await store.create(ctx(), write({ id: first.id }))).toEqual({
          status: 'conflict',
          on: 'id',
          existing: first.id,
        });
        const taken = `HTTPS://x.example:443${new URL(first.url ?? '').pathname}#f`;
        const conflict = { status: 'conflict', on: 'url', existing: first.id };
        expect(await store.create(ctx(), write({ url: taken }))).toEqual(conflict);
        const other = await put();
        expect(await store.put(ctx(), write({ id: other.id, url: taken }))).toEqual(conflict);
        expect(await store.patch(ctx(), other.id, { url: taken }, undefined)).toEqual(conflict);
        expect((await store.put(ctx(), write({ id: first.id, url: taken }))).status).toBe(
          'updated',
        );
      });

      it('lets one of many creators of an id or url win', async () => {
        const id = fresh();
        const byId = await Promise.all(
          Array.from({ length: 8 }, (_, n) => store.create(ctx(), write({ id, title: `${n}` }))),
        );
        expect(byId.map(({ status }) => status).sort()).toEqual([
          ...Array(7).fill('conflict'),
          'created',
        ]);
        const url = `https://x.example/${fresh()}`;
        const byUrl = await Promise.all(
          Array.from({ length: 8 }, () => store.put(ctx(), write({ url }))),
        );
        expect(byUrl.map(({ status }) => status).sort()).toEqual([
          ...Array(7).fill('conflict'),
          'created',
        ]);
      });
    });

    describe('a batch', () => {
      it('judges each item by itself', async () => {
        const kept = await put({ url: `https://x.example/${fresh()}` });
        const url = `https://x.example/${fresh()}`;
        const [a, b] = [fresh(), fresh()];
        const outcomes = await store.putMany(ctx(), [
          write({ id: a, url }),
          write({ id: b, url }),
          write({ id: kept.id, url: kept.url ?? '' }),
          write(kept.url === undefined ? {} : { url: kept.url }),
          write(),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual([
          'created',
          'conflict',
          'unchanged',
          'conflict',
          'created',
        ]);
        expect(outcomes[1]).toMatchObject({ existing: a });
      });

      it('takes 500, and bodies and attributes beyond one request', async () => {
        const many = await store.putMany(
          ctx(),
          Array.from({ length: 500 }, () => write()),
        );
        expect(many.every(({ status }) => status === 'created')).toBe(true);
        const large = await store.putMany(
          ctx(),
          Array.from({ length: 12 }, (_, n) => ({
            ...write({
              attributes: new JsonText(JSON.stringify({ x: 'ü'.repeat(100_000) })),
              body: `${n} "word" `.repeat(80_000),
            }),
            bodySha256: hash(String(n)),
            bodySizeBytes: 1,
          })),
        );
        expect(large.every(({ status }) => status === 'created')).toBe(true);
        expect(await store.putMany(ctx(), [])).toEqual([]);
      });
    });

    describe('a patch', () => {
      it('merges at every depth, as RFC 7396 says', async () => {
        const { id } = await put({
          description: 'd',
          attributes: new JsonText('{"a":{"b":1,"c":[1,2]},"d":1e400,"e":"x"}'),
          topics: [{ key: fresh('t'), weight: 1 }],
          authors: ['A'],
        });
        const patched = articleOf(
          await store.patch(
            ctx(),
            id,
            {
              title: 'N',
              description: null,
              topics: null,
              authors: ['B'],
              attributes: new JsonText('{"a":{"c":{"x":null,"y":2}},"e":null,"f":{"g":null}}'),
            },
            undefined,
          ),
        );
        expect(patched).toMatchObject({ title: 'N', authors: ['B'], topics: [], rev: 2 });
        expect(patched).not.toHaveProperty('description');
        const text = patched.attributes.text.replaceAll(' ', '');
        // The same number, in whichever notation.
        expect(text).toMatch(/"d":(1e400|10{400})[,}]/);
        expect(JSON.parse(text.replace(/1e400|10{400}/, '0'))).toEqual({
          a: { b: 1, c: { y: 2 } },
          d: 0,
          f: {},
        });
      });

      it('that changes nothing keeps the revision', async () => {
        const article = await put({ description: 'd' });
        expect(await store.patch(ctx(), article.id, { description: 'd' }, undefined)).toEqual({
          status: 'unchanged',
          article,
        });
      });

      it('keeps the url and frees it when it is taken away', async () => {
        const url = `https://x.example/${fresh()}`;
        const { id } = await put({ url });
        await store.patch(ctx(), id, { title: 'N' }, undefined);
        expect((await store.create(ctx(), write({ url }))).status).toBe('conflict');
        await store.patch(ctx(), id, { url: null }, undefined);
        expect((await store.create(ctx(), write({ url }))).status).toBe('created');
      });

      it('renames a source, and needs a key where there is none', async () => {
        const source = fresh('s');
        const { id } = await put({ source: { key: source } });
        const renamed = articleOf(
          await store.patch(ctx(), id, { source: { name: 'R' } }, undefined),
        );
        expect(renamed.source).toEqual({ key: source, name: 'R' });
        const bare = await put();
        expect(await store.patch(ctx(), bare.id, { source: { name: 'R' } }, undefined)).toEqual({
          status: 'invalid_source',
        });
        expect(await store.patch(ctx(), fresh(), { title: 'x' }, undefined)).toEqual({
          status: 'not_found',
        });
      });

      it('is never lost among others', async () => {
        const { id } = await put();
        await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            store.patch(ctx(), id, { attributes: new JsonText(`{"k${n}":${n}}`) }, undefined),
          ),
        );
        const state = await store.get(ctx(), id);
        if (state.state !== 'live') throw new Error('gone');
        expect(Object.keys(state.article.attributes.parse() as object)).toHaveLength(20);
        expect(state.article.rev).toBe(21);
      });
    });

    describe('a delete', () => {
      it('takes everything with it and leaves a tombstone', async () => {
        const url = `https://x.example/${fresh()}`;
        const { id } = await put({ url });
        const other = await put();
        await store.putRelation(ctx(), { from: id, to: other.id, kind: 'cites' });
        expect(await store.delete(ctx(), id)).toBe('deleted');
        expect(await store.delete(ctx(), id)).toBe('gone');
        expect(await store.delete(ctx(), fresh())).toBe('not_found');
        expect(await store.get(ctx(), id)).toEqual({ state: 'deleted' });
        expect(await store.put(ctx(), write({ id }))).toEqual({ status: 'gone' });
        expect(await store.create(ctx(), write({ id }))).toEqual({ status: 'gone' });
        expect(await store.patch(ctx(), id, { title: 'x' }, undefined)).toEqual({ status: 'gone' });
        expect((await store.create(ctx(), write({ url }))).status).toBe('created');
        const relations = await store.findRelations(ctx(), other.id, {
          direction: 'both',
          pageSize: 10,
        });
        expect(relations).toMatchObject({ state: 'live', items: [] });
        expect((await store.get(ctx(), other.id)).state).toBe('live');
        expect(await store.get(ctx(), 'nobody')).toEqual({ state: 'unknown' });
      });
    });

    describe('an idempotency key', () => {
      const key = (text: string, requestHash = 'h'): IdempotencyKey => ({
        key: hash(text),
        requestHash: hash(requestHash),
      });

      it('answers the same again, also after the article changed', async () => {
        const wanted = write();
        const k = key(wanted.input.id);
        const first = await store.create(ctx(), wanted, k);
        await store.patch(ctx(), wanted.input.id, { title: 'later' }, undefined);
        const again = await store.create(ctx(), wanted, k);
        expect(first.status).toBe('created');
        expect(again).toEqual({ status: 'replayed', article: articleOf(first) });
        const reused = await store.create(ctx(), write(), { ...k, requestHash: hash('other') });
        expect(reused).toEqual({ status: 'key_reused' });
      });

      it('is free again after a refusal', async () => {
        const { id } = await put();
        const k = key(`r${id}`);
        expect((await store.create(ctx(), write({ id }), k)).status).toBe('conflict');
        expect((await store.create(ctx(), write(), k)).status).toBe('created');
      });

      it('makes one article of many requests at once', async () => {
        const k = key(fresh());
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, () => store.create(ctx(), write(), k)),
        );
        expect(new Set(outcomes.map((outcome) => articleOf(outcome).id)).size).toBe(1);
        expect(outcomes.filter(({ status }) => status === 'created')).toHaveLength(1);
      });
    });

    describe('a page', () => {
      const prefix = fresh('page');
      const size = 40;
      const titles = ['Zebra', 'apple', 'Äpfel', '\ufffd', '🌍', 'apple', '中'];
      beforeAll(async () => {
        await store.putMany(
          ctx(),
          Array.from({ length: size }, (_, n) =>
            write({
              id: `${prefix}-${String(n).padStart(2, '0')}`,
              title: titles[n % titles.length] as string,
              section: prefix,
              ...(n % 3 === 0 ? {} : { language: n % 2 === 0 ? 'en' : 'de' }),
              ...(n % 4 === 0
                ? {}
                : { publishedAt: timestampFromMs(Date.UTC(2026, 0, 1 + (n % 5), 0, 0, 0, n % 7)) }),
            }),
          ),
        );
      });

      const filter = (text: string): Filter => {
        const parsed = parseFilter(text, NO_REGISTRY);
        if (!parsed) throw new Error('no filter');
        return parsed;
      };
      const ours = filter(`section = "${prefix}"`);

      async function walk(order: ArticleQuery['orderBy'], pageSize: number, extra?: Filter) {
        const seen: string[] = [];
        const where: Filter = extra ? { type: 'and', terms: [ours, extra] } : ours;
        let next: ArticleQuery | undefined = query({ filter: where, orderBy: order, pageSize });
        for (let pages = 0; next && pages < 100; pages++) {
          const found = await store.find(ctx(), next);
          seen.push(...found.entries.map(({ article }) => article.id));
          const last = found.entries.at(-1);
          next = found.more && last ? { ...next, after: last.cursor } : undefined;
        }
        return seen;
      }

      it.each<[OrderField, Direction][]>([
        [['id', 'asc']],
        [['id', 'desc']],
        [
          ['title', 'asc'],
          ['id', 'asc'],
        ],
        [
          ['title', 'desc'],
          ['publishedAt', 'asc'],
          ['id', 'asc'],
        ],
        [
          ['publishedAt', 'desc'],
          ['id', 'desc'],
        ],
        [
          ['publishedAt', 'asc'],
          ['title', 'desc'],
          ['id', 'desc'],
        ],
        [
          ['rev', 'desc'],
          ['ingestedAt', 'asc'],
          ['updatedAt', 'desc'],
          ['id', 'desc'],
        ],
      ])('goes on where it ended: %j %j %j %j', async (...keys) => {
        const order = orderBy(...keys.filter(Array.isArray));
        const whole = await walk(order, 100);
        expect(new Set(whole).size).toBe(size);
        expect(await walk(order, 7)).toEqual(whole);
      });

      it('orders by titles that are longer than an index entry', async () => {
        const section = fresh('long');
        const astral = String.fromCodePoint(...Array.from({ length: 990 }, (_, n) => 0x1f300 + n));
        const titles = ['a', `${astral}b`, `${astral}a`, 'b', `${astral}a`, '\u{1f300}'];
        const ids: string[] = [];
        for (const title of titles) ids.push((await put({ section, title })).id);
        const order = (...places: number[]) => places.map((place) => ids[place]);
        const where = filter(`section = "${section}"`);
        const read = async (direction: Direction, pageSize: number) => {
          const seen: string[] = [];
          let next: ArticleQuery | undefined = query({
            filter: where,
            orderBy: orderBy(['title', direction], ['id', direction]),
            pageSize,
          });
          while (next) {
            const found = await store.find(ctx(), next);
            seen.push(...found.entries.map(({ article }) => article.id));
            const last = found.entries.at(-1);
            next = found.more && last ? { ...next, after: last.cursor } : undefined;
          }
          return seen;
        };
        expect(await read('asc', 100)).toEqual(order(0, 3, 5, 2, 4, 1));
        expect(await read('asc', 1)).toEqual(order(0, 3, 5, 2, 4, 1));
        expect(await read('desc', 2)).toEqual(order(1, 4, 2, 5, 3, 0));
      });

      it('orders strings by code point and puts missing values last', async () => {
        const byTitle = await store.find(
          ctx(),
          query({ filter: ours, orderBy: orderBy(['title', 'asc'], ['id', 'asc']) }),
        );
        const seen = [...new Set(byTitle.entries.map(({ article }) => article.title))];
        expect(seen).toEqual(['Zebra', 'apple', 'Äpfel', '中', '\ufffd', '🌍']);
        for (const direction of ['asc', 'desc'] as const) {
          const byDate = await store.find(
            ctx(),
            query({ filter: ours, orderBy: orderBy(['publishedAt', direction], ['id', 'asc']) }),
          );
          const missing = byDate.entries.map(({ article }) => article.publishedAt === undefined);
          expect(missing.indexOf(true)).toBe(30);
        }
      });

      const n = (id: string): number => Number(id.slice(-2));
      it.each<[string, (n: number) => boolean]>([
        ['language = "en"', (i) => i % 3 !== 0 && i % 2 === 0],
        ['language != "en"', (i) => !(i % 3 !== 0 && i % 2 === 0)],
        ['NOT language = "en"', (i) => !(i % 3 !== 0 && i % 2 === 0)],
        ['language = null', (i) => i % 3 === 0],
        ['language:*', (i) => i % 3 !== 0],
        ['language:("en","de")', (i) => i % 3 !== 0],
        ['language < "en"', (i) => i % 3 !== 0 && i % 2 === 1],
        ['title = "a*e"', (i) => titles[i % 7] === 'apple'],
        ['title = "*_*"', () => false],
        ['title:"PPL"', (i) => titles[i % 7] === 'apple'],
        ['title:"ÄPFEL"', (i) => titles[i % 7] === 'Äpfel'],
        ['title > "🌌"', (i) => titles[i % 7] === '🌍'],
        ['publishedAt < 2026-01-03', (i) => i % 4 !== 0 && i % 5 < 2],
        [
          'publishedAt >= "2026-01-04T00:00:00.003Z"',
          (i) => i % 4 !== 0 && (i % 5 > 3 || (i % 5 === 3 && i % 7 >= 3)),
        ],
        ['publishedAt > now+2d', (i) => i % 4 !== 0 && (i % 5 > 2 || (i % 5 === 2 && i % 7 > 0))],
        ['rev = 1', () => true],
        ['rev < 1.5', () => true],
        [
          '(language = "en" AND title = "apple") OR id = "*-07"',
          (i) => (i % 3 !== 0 && i % 2 === 0 && titles[i % 7] === 'apple') || i === 7,
        ],
        ['url = null', () => true],
      ])('finds what %s says', async (text, matches) => {
        const found = await walk(orderBy(['id', 'asc']), 9, filter(text));
        expect(found.map(n)).toEqual(Array.from({ length: size }, (_, i) => i).filter(matches));
      });

      it('skips and counts', async () => {
        const skipped = await store.find(
          ctx(),
          query({ filter: ours, skip: 35, pageSize: 3, count: 'exact' }),
        );
        expect(skipped.entries.map(({ article }) => n(article.id))).toEqual([35, 36, 37]);
        expect(skipped).toMatchObject({ more: true, total: { size, kind: 'exact' } });
        const capped = await store.find(
          ctx(),
          query({ filter: ours, count: 'capped', pageSize: 1 }),
        );
        expect(capped.total).toEqual({ size, kind: 'exact' });
        const estimate = await store.find(ctx(), query({ filter: ours, count: 'estimate' }));
        expect(estimate.total?.kind).toBe('estimate');
        const none = await store.find(
          ctx(),
          query({ filter: filter('id = "nobody"'), count: 'exact' }),
        );
        expect(none).toEqual({ entries: [], more: false, total: { size: 0, kind: 'exact' } });
        const beyond = await store.find(ctx(), query({ filter: ours, skip: 100 }));
        expect(beyond).toMatchObject({ entries: [], more: false });
      });

      it('is cut by bytes, and says that there is more', async () => {
        const section = fresh('large');
        await store.putMany(
          ctx(),
          Array.from({ length: 10 }, () =>
            write({
              section,
              attributes: new JsonText(JSON.stringify({ x: 'y'.repeat(200_000) })),
            }),
          ),
        );
        const seen: string[] = [];
        let next: ArticleQuery | undefined = query({ filter: filter(`section = "${section}"`) });
        while (next) {
          const found = await store.find(ctx(), next);
          expect(found.entries.length).toBeGreaterThan(0);
          seen.push(...found.entries.map(({ article }) => article.id));
          const last = found.entries.at(-1);
          next = found.more && last ? { ...next, after: last.cursor } : undefined;
        }
        expect(new Set(seen).size).toBe(10);
        expect(seen).toHaveLength(10);
      });
    });

    describe('relations', () => {
      it('are one edge for a symmetric kind', async () => {
        const [a, b] = [await put(), await put()];
        const made = await store.putRelation(ctx(), {
          from: b.id,
          to: a.id,
          kind: 'similar',
          weight: 0.5,
        });
        expect(made).toMatchObject({
          status: 'created',
          relation: { from: b.id, to: a.id, weight: 0.5, origin: null },
        });
        const again = await store.putRelation(ctx(), {
          from: a.id,
          to: b.id,
          kind: 'similar',
          origin: 'rule',
          attributes: new JsonText('{"big":12345678901234567890}'),
        });
        expect(again).toMatchObject({
          status: 'updated',
          relation: { weight: null, origin: 'rule' },
        });
        for (const direction of ['in', 'out', 'both'] as const) {
          const found = await store.findRelations(ctx(), a.id, { direction, pageSize: 10 });
          if (found.state !== 'live') throw new Error('gone');
          expect(found.items).toHaveLength(1);
          expect(found.items[0]).toMatchObject({ from: a.id, to: b.id, kind: 'similar' });
          expect(found.items[0]?.attributes?.text).toContain('12345678901234567890');
        }
        expect(
          await store.deleteRelation(ctx(), { from: b.id, kind: 'similar', to: a.id }),
        ).toEqual({
          status: 'deleted',
        });
        const gone = await store.findRelations(ctx(), a.id, { direction: 'both', pageSize: 10 });
        expect(gone).toMatchObject({ items: [] });
      });

      it('come in pages, newest first, by direction and kind', async () => {
        const hub = await put();
        const others = await Promise.all(Array.from({ length: 7 }, () => put()));
        for (const { id } of others) {
          await store.putRelation(ctx(), { from: hub.id, to: id, kind: 'cites' });
          await store.putRelation(ctx(), { from: id, to: hub.id, kind: 'background-of' });
        }
        const seen: string[] = [];
        let after: readonly (string | number | boolean | null)[] | undefined;
        do {
          const page = await store.findRelations(ctx(), hub.id, {
            direction: 'out',
            pageSize: 3,
            ...(after ? { after } : {}),
          });
          if (page.state !== 'live') throw new Error('gone');
          seen.push(...page.items.map(({ to }) => to));
          after = page.next;
        } while (after);
        expect(seen).toEqual(others.map(({ id }) => id).reverse());
        const inward = await store.findRelations(ctx(), hub.id, {
          direction: 'in',
          kind: 'background-of',
          pageSize: 50,
        });
        expect(inward).toMatchObject({ state: 'live' });
        expect('items' in inward && inward.items).toHaveLength(7);
      });

      it('tell which end is not there', async () => {
        const [a, b] = [await put(), await put()];
        await store.delete(ctx(), b.id);
        expect(await store.putRelation(ctx(), { from: a.id, to: 'nobody', kind: 'cites' })).toEqual(
          {
            status: 'not_found',
            id: 'nobody',
          },
        );
        expect(await store.putRelation(ctx(), { from: b.id, to: a.id, kind: 'cites' })).toEqual({
          status: 'gone',
          id: b.id,
        });
        expect(await store.findRelations(ctx(), b.id, { direction: 'both', pageSize: 1 })).toEqual({
          state: 'deleted',
        });
        expect(
          await store.findRelations(ctx(), 'nobody', { direction: 'both', pageSize: 1 }),
        ).toEqual({
          state: 'unknown',
        });
      });

      it('make articles related, best first, with reasons', async () => {
        const topic = fresh('t');
        const at = '2026-05-01T00:00:00.000000Z' as Timestamp;
        const a = await put({ topics: [{ key: topic, weight: 1 }], publishedAt: at });
        const b = await put({ topics: [{ key: topic, weight: 1 }], publishedAt: at });
        const c = await put();
        await store.putRelation(ctx(), { from: a.id, to: c.id, kind: 'follow-up-of', weight: 1 });
        const found = await store.related(ctx(), a.id, { limit: 10 });
        if (found.state !== 'live') throw new Error('gone');
        expect(found.related.map(({ article }) => article.id)).toEqual([c.id, b.id]);
        expect(found.related[0]?.why).toEqual([
          { type: 'relation', kind: 'follow-up-of', weight: 1 },
        ]);
        expect(found.related[1]?.why).toEqual([
          { type: 'topic', key: topic, name: topic },
          { type: 'time', hoursApart: 0 },
        ]);
        for (const { score } of found.related) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(1);
        }
        const only = await store.related(ctx(), a.id, { kinds: ['cites'], limit: 10 });
        expect(only).toEqual({ state: 'live', related: [] });
      });
    });

    it('goes on where the edges of a page are too large for one answer', async () => {
      const hub = await put();
      const attributes = new JsonText(JSON.stringify({ x: 'y'.repeat(16_000) }));
      const others = await store.putMany(
        ctx(),
        Array.from({ length: 80 }, () => write()),
      );
      for (const other of others) {
        await store.putRelation(ctx(), {
          from: hub.id,
          to: articleOf(other).id,
          kind: 'cites',
          attributes,
        });
      }
      const seen = new Set<string>();
      let after: CursorValues | undefined;
      do {
        const page = await store.findRelations(ctx(), hub.id, {
          direction: 'out',
          pageSize: 100,
          ...(after ? { after } : {}),
        });
        if (page.state !== 'live') throw new Error('gone');
        for (const { to } of page.items) seen.add(to);
        after = page.next;
      } while (after);
      expect(seen.size).toBe(80);
    });

    it('leaves the furthest out where related articles are too large for one answer', async () => {
      const hub = await put();
      for (let n = 0; n < 6; n++) {
        const large = await put({
          attributes: new JsonText(JSON.stringify({ x: 'y'.repeat(240_000) })),
        });
        await store.putRelation(ctx(), { from: hub.id, to: large.id, kind: 'cites' });
      }
      const found = await store.related(ctx(), hub.id, { limit: 50 });
      if (found.state !== 'live') throw new Error('gone');
      expect(found.related.length).toBeGreaterThan(2);
    });

    describe('the outbox', () => {
      it('tells every change once it is committed, until it is settled', async () => {
        const { id } = await put();
        await store.patch(ctx(), id, { title: 'N' }, undefined);
        await store.delete(ctx(), id);
        const mine: { seq: number; state: string }[] = [];
        for (;;) {
          const entries = await store.readOutbox(ctx(), 500);
          if (entries.length === 0) break;
          mine.push(
            ...entries
              .filter(({ articleId }) => articleId === id)
              .map(({ seq, state }) => ({ seq, state: state.state })),
          );
          const seqs = entries.map(({ seq }) => seq);
          await store.settleOutbox(ctx(), seqs);
          await store.settleOutbox(ctx(), seqs);
        }
        expect(mine.map(({ state }) => state)).toEqual(['deleted', 'deleted', 'deleted']);
        expect([...mine].sort((x, y) => x.seq - y.seq)).toEqual(mine);
      });

      it('tells of every entry which request it is of', async () => {
        const of = (requestId: string): Context => ({ ...ctx(), requestId });
        const [first, second] = [write(), write()];
        await store.create(of('r-create'), first);
        await store.putMany(of('r-many'), [
          second,
          { ...first, input: { ...first.input, title: 'M' } },
        ]);
        await store.put(of('r-put'), { ...first, input: { ...first.input, title: 'P' } });
        await store.patch(of("r-'patch"), first.input.id, { title: 'N' }, undefined);
        await store.delete(of('r-delete'), first.input.id);
        const entries = await store.readOutbox(ctx(), 500);
        const told = (id: string) =>
          entries.filter(({ articleId }) => articleId === id).map(({ requestId }) => requestId);
        expect(told(first.input.id)).toEqual([
          'r-create',
          'r-many',
          'r-put',
          "r-'patch",
          'r-delete',
        ]);
        expect(told(second.input.id)).toEqual(['r-many']);
      });

      it('has no entry for what changed nothing', async () => {
        const article = write();
        await store.put(ctx(), article);
        await store.settleOutbox(
          ctx(),
          (await store.readOutbox(ctx(), 500)).map(({ seq }) => seq),
        );
        await store.put(ctx(), article);
        expect(await store.readOutbox(ctx(), 10)).toEqual([]);
      });
    });

    catalogueFacts(() => under);
    projectionFacts(() => under);
    runFacts(() => under);
    queryFacts(() => under);
    aggregationFacts(() => under);
    vocabularyFacts(() => under);
  });
}
