import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import {
  type CursorValues,
  EMPTY_OBJECT,
  NO_REGISTRY,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { articleStoreContract } from '../contract/article-store.contract.ts';
import { onPostgres, startAurora } from '../support/aurora.ts';

describe('a write whose answer is lost', () => {
  let started: Awaited<ReturnType<typeof startAurora<Database>>>;
  let store: ReturnType<typeof createArticleStore>;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    store = createArticleStore(started.aurora);
  });
  afterAll(() => started?.close());

  const write = (id: string, title = 'T') => ({
    input: { id, title, authors: [], topics: [], attributes: EMPTY_OBJECT },
  });
  const loseAnswer = () =>
    started.wire.addFault({ service: 'data-api', drop: 'after', count: 1, probability: 1 });

  it('is sent again where that tells the same', async () => {
    loseAnswer();
    expect((await store.put(started.ctx(), write('a'))).status).toBe('unchanged');
    loseAnswer();
    const patched = await store.patch(started.ctx(), 'a', { title: 'N' }, undefined);
    expect(patched).toMatchObject({ article: { title: 'N', rev: 2 } });
    loseAnswer();
    const key = { key: 'k'.repeat(64), requestHash: 'h'.repeat(64) };
    const created = await store.create(started.ctx(), write('b'), key);
    expect(created).toMatchObject({ status: 'replayed', article: { id: 'b', rev: 1 } });
  });

  it('is not where it would be refused for its own success', async () => {
    for (const send of [
      () => store.create(started.ctx(), write('c')),
      () => store.put(started.ctx(), write('a', 'guarded'), 2),
      () => store.patch(started.ctx(), 'a', { title: 'again' }, undefined, 3),
      () => store.delete(started.ctx(), 'b'),
    ]) {
      loseAnswer();
      await expect(send()).rejects.toMatchObject({ code: 'unavailable' });
    }
    const states = await Promise.all(['a', 'b', 'c'].map((id) => store.get(started.ctx(), id)));
    expect(states.map(({ state }) => state)).toEqual(['live', 'deleted', 'live']);
  });
});

// What only PostgreSQL can do: the words of every language.
describe('full text', () => {
  let started: Awaited<ReturnType<typeof startAurora<Database>>>;
  let store: ReturnType<typeof createArticleStore>;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    store = createArticleStore(started.aurora);
    const texts: [string, string | undefined, string, string | undefined][] = [
      ['en', 'en', 'Ferries sail again', 'The harbour rejoices over boats'],
      ['en-2', 'en', 'Nothing of note', 'A ferry is mentioned once'],
      ['de', 'de-CH', 'Die Häuser am Fluss', undefined],
      ['ar', 'ar', 'عبّارة كهربائية', undefined],
      ['none', undefined, 'ferry plain', undefined],
    ];
    for (const [id, language, title, body] of texts) {
      await store.put(started.ctx(), {
        input: {
          id,
          title,
          authors: [],
          topics: [],
          attributes: EMPTY_OBJECT,
          ...(language === undefined ? {} : { language }),
          ...(body === undefined ? {} : { body }),
        },
        ...(body === undefined ? {} : { bodySha256: id, bodySizeBytes: 1 }),
      });
    }
  });
  afterAll(() => started?.close());

  const search = async (text: string, pageSize = 10, after?: CursorValues) => {
    const found = await store.find(started.ctx(), {
      registry: NO_REGISTRY,
      text,
      orderBy: [
        { by: { kind: 'relevance' }, direction: 'desc' },
        { by: { kind: 'field', name: 'id' }, direction: 'desc' },
      ],
      pageSize,
      skip: 0,
      count: 'none',
      now: timestampFromMs(0),
      ...(after ? { after } : {}),
    });
    return { ids: found.entries.map(({ article }) => article.id), ...found };
  };

  it('finds words by their stem in the language of the article, best first', async () => {
    expect((await search('ferry')).ids).toEqual(['none', 'en', 'en-2']);
    expect((await search('haus')).ids).toEqual(['de']);
    expect((await search('عبّارة')).ids).toEqual(['ar']);
    expect((await search('boat')).ids).toEqual(['en']);
  });

  it('knows phrases, or, and -not', async () => {
    expect((await search('"sail again"')).ids).toEqual(['en']);
    expect((await search('"boats harbour"')).ids).toEqual([]);
    expect((await search('harbour or mentioned')).ids.sort()).toEqual(['en', 'en-2']);
    expect((await search('ferry -note')).ids.sort()).toEqual(['en', 'none']);
    expect((await search('the')).ids).toEqual([]);
  });

  it('goes on behind a page', async () => {
    const first = await search('ferry', 1);
    const second = await search('ferry', 1, first.entries[0]?.cursor);
    const third = await search('ferry', 1, second.entries[0]?.cursor);
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual(['none', 'en', 'en-2']);
    expect(third.more).toBe(false);
  });

  it('keeps the words of the body when only the title changes, and loses them with it', async () => {
    await store.patch(started.ctx(), 'en', { title: 'Another title' }, undefined);
    expect((await search('boat')).ids).toEqual(['en']);
    await store.patch(started.ctx(), 'en', { body: null }, undefined);
    expect((await search('boat')).ids).toEqual([]);
  });
});

articleStoreContract('Aurora over the Data API', async () => {
  const { aurora, ctx, close } = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  return { store: createArticleStore(aurora), ctx: () => ctx(), close };
});

// PGlite has no wire of PostgreSQL's own.
if (onPostgres) {
  articleStoreContract('Aurora over a direct connection', async () => {
    const { direct, ctx, close } = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    return { store: createArticleStore(direct()), ctx: () => ctx(), close };
  });
}
