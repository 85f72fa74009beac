import { describe, expect, it } from 'vitest';
import { EMPTY_OBJECT, type OutputFact, type Timestamp } from '../../../src/domain/index.ts';
import type { ArticleStoreUnderTest } from '../article-store.contract.ts';

const AT = '2026-01-01T00:00:00.000000Z' as Timestamp;
const LATER = '2999-01-01T00:00:00.000000Z' as Timestamp;

let count = 0;

/** What every article store tells of its catalogue, for comparison with the owner of the outputs. */
export function catalogueFacts(subject: () => ArticleStoreUnderTest): void {
  const store = () => subject().store;
  const ctx = () => subject().ctx();

  async function someArticles(): Promise<string[]> {
    const prefix = `cat-${process.pid}-${count++}`;
    const ids = ['a', 'b', 'c'].map((name) => `${prefix}-${name}`);
    for (const id of ids) {
      const input = { id, title: 'T', authors: [], topics: [], attributes: EMPTY_OBJECT };
      await store().put(ctx(), { input });
    }
    return ids;
  }

  async function enter(articleId: string, kind: string, version: number, dead = false) {
    const { revision } = await store().readRegistry(ctx());
    const size = { sizeBytes: 3, sha256: '0'.repeat(64) };
    const fact: OutputFact = {
      ...{ articleId, kind, version, dead, producedAt: AT, storedAt: AT, ...size },
      projected: dead ? [] : [{ projection: `of_${kind}`, status: 'matched', value: 1 }],
    };
    return store().project(ctx(), [fact], revision);
  }

  describe('the catalogue', () => {
    it('tells of articles, deleted ones too, with their live outputs and who has seen them', async () => {
      const [a = '', b = '', c = ''] = await someArticles();
      const kind = `cat${count}`;
      await store().putProjection(ctx(), `of_${kind}`, {
        kind,
        target: { type: 'metric', valueType: 'number' },
        select: ['$'],
      });
      await enter(a, kind, 3);
      await enter(b, kind, 1);
      await enter(b, kind, 2, true);
      await store().delete(ctx(), c);
      const entries = await store().readCatalogue(ctx(), { ids: [c, a, 'nobody', b] });
      expect(entries).toMatchObject([
        { articleId: a, state: 'live', outputs: [{ kind, version: 3, seenBy: {} }] },
        { articleId: b, state: 'live', outputs: [] },
        { articleId: c, state: 'deleted', outputs: [] },
      ]);
      const gone = entries.map((entry) => entry.gone);
      expect(gone).toEqual([[], [{ kind, version: 2 }], []]);
      expect(entries[0]?.outputs[0]?.seenBy).toEqual({ [`of_${kind}`]: 'matched' });
      const live = await store().get(ctx(), a);
      expect(live).toMatchObject({ article: { stamp: entries[0]?.stamp } });

      // Another definition has seen nothing yet.
      await store().restartBackfill(ctx(), `of_${kind}`);
      await store().putProjection(ctx(), `of_${kind}`, {
        kind,
        target: { type: 'metric', valueType: 'number' },
        select: ['$.other'],
      });
      const [after] = await store().readCatalogue(ctx(), { ids: [a] });
      expect(after?.outputs).toEqual([{ kind, version: 3, seenBy: {} }]);
      await store().deleteProjection(ctx(), `of_${kind}`);
    });

    it('is read page by page, by id, and since a time', async () => {
      const [a = '', b = '', c = ''] = await someArticles();
      const page = await store().readCatalogue(ctx(), { after: a, limit: 2 });
      expect(page.slice(0, 2).map(({ articleId }) => articleId)).toEqual([b, c]);
      const none = await store().readCatalogue(ctx(), { after: a, limit: 2, since: LATER });
      expect(none).toEqual([]);
      const all = await store().readCatalogue(ctx(), { after: a, limit: 1, since: AT });
      expect(all.map(({ articleId }) => articleId)).toEqual([b]);
    });
  });
}
