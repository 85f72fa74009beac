import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import { EMPTY_OBJECT } from '../../src/domain/index.ts';
import { onPostgres, startAurora } from '../support/aurora.ts';

describe('a source that gets another name', () => {
  let started: Awaited<ReturnType<typeof startAurora<Database>>>;
  let store: ReturnType<typeof createArticleStore>;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    store = createArticleStore(started.aurora);
  });
  afterAll(() => started?.close());

  const ctx = () => started.ctx();
  const rename = (key: string, name: string) =>
    store.putSource(ctx(), key, { name, attributes: EMPTY_OBJECT });

  /** Articles `<key>-0`, `<key>-1`, … of a source, with nothing left to tell. */
  async function articlesOf(key: string, count: number): Promise<void> {
    await store.putMany(
      ctx(),
      Array.from({ length: count }, (_, index) => ({
        input: {
          id: `${key}-${index}`,
          title: 'T',
          authors: [],
          topics: [],
          source: { key },
          attributes: EMPTY_OBJECT,
        },
      })),
    );
    await tell(100);
  }

  /** Ids of one round of the relay. */
  async function tell(limit: number): Promise<string[]> {
    const entries = await store.readOutbox(ctx(), limit);
    await store.settleOutbox(
      ctx(),
      entries.map(({ seq }) => seq),
    );
    return entries.map(({ articleId }) => articleId);
  }

  it('is told of in rounds, behind what waits already', async () => {
    await articlesOf('a', 5);
    await rename('a', 'A');
    await store.patch(ctx(), 'a-4', { title: 'N' }, undefined);
    expect(await tell(2)).toEqual(['a-4', 'a-0']);
    expect(await tell(3)).toEqual(['a-1', 'a-2', 'a-3']);
    expect(await tell(3)).toEqual(['a-4']);
    expect(await tell(3)).toEqual([]);
  });

  it('is told of to the end when the name changes meanwhile, and once more an hour later', async () => {
    await articlesOf('b', 3);
    await rename('b', 'B');
    expect(await tell(2)).toEqual(['b-0', 'b-1']);
    await rename('b', 'b');
    await rename('b', 'B');
    expect(await tell(2)).toEqual(['b-2']);
    expect(await tell(2)).toEqual([]);
    const later = sql`update source_rename set due_at = due_at - interval '1 hour' where key = 'b'`;
    await started.aurora.run(ctx(), 'test', later);
    expect(await tell(10)).toEqual(['b-0', 'b-1', 'b-2']);
    expect(await tell(10)).toEqual([]);
  });

  it('is told of by a rename through an article too', async () => {
    await articlesOf('c', 2);
    await store.patch(ctx(), 'c-1', { source: { name: 'C' } }, undefined);
    expect(new Set(await tell(10))).toEqual(new Set(['c-0', 'c-1']));
    expect(await store.getSource(ctx(), 'c')).toMatchObject({ name: 'C', rev: 2 });
  });

  it('has nothing to tell when only its profile changes', async () => {
    await articlesOf('d', 2);
    await store.putSource(ctx(), 'd', { name: 'd', country: 'GB', attributes: EMPTY_OBJECT });
    expect(await tell(10)).toEqual([]);
  });

  // PGlite has one session: nobody else can hold a row.
  it.runIf(onPostgres)('waits for no writer, and passes over none', async () => {
    await articlesOf('e', 4);
    await rename('e', 'E');
    await started.aurora.transaction(ctx(), 'test', async (tx) => {
      await sql`select from article where id = 'e-2' for update`.execute(tx);
      expect(await tell(10)).toEqual(['e-0', 'e-1']);
      expect(await tell(10)).toEqual([]);
    });
    expect(await tell(10)).toEqual(['e-2', 'e-3']);
  });
});
