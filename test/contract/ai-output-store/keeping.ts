import { describe, expect, it } from 'vitest';
import type { StoredPart } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { aCopy, putOutput, randomText } from './builders.ts';

export function keepingFacts(hold: Hold): void {
  async function scan(): Promise<StoredPart[]> {
    const parts: StoredPart[] = [];
    let after: string | undefined;
    do {
      const page = await hold.store.scanParts(hold.ctx(), after);
      parts.push(...page.parts);
      after = page.next;
    } while (after !== undefined);
    return parts;
  }

  const large = (seed: number): string => JSON.stringify(randomText(700 * 1024, seed));

  describe('settings of kinds', () => {
    it('are what was put last, all of it', async () => {
      expect(await hold.store.readKinds(hold.ctx())).toEqual([]);
      await hold.store.putKind(hold.ctx(), { kind: 'b', keepVersions: 3, description: 'é' });
      await hold.store.putKind(hold.ctx(), { kind: 'a', keepDays: 7, keepVersions: 1 });
      await hold.store.putKind(hold.ctx(), { kind: 'a', keepDays: 9 });
      expect(await hold.store.readKinds(hold.ctx())).toEqual([
        { kind: 'a', keepDays: 9 },
        { kind: 'b', keepVersions: 3, description: 'é' },
      ]);
    });
  });

  describe('notes', () => {
    it('are there until the next', async () => {
      expect(await hold.store.readNote(hold.ctx(), 'n')).toBeUndefined();
      for (const text of ['one', 'two']) await hold.store.putNote(hold.ctx(), 'n', text);
      expect(await hold.store.readNote(hold.ctx(), 'n')).toBe('two');
      expect(await hold.store.readNote(hold.ctx(), 'm')).toBeUndefined();
    });
  });

  describe('a walk over the articles', () => {
    it('meets those with a copy, a tombstone or a head, and no other', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy({ id: 'w1' }));
      await hold.store.putTombstone(hold.ctx(), 'w2');
      await putOutput(hold.store, hold.ctx(), { articleId: 'w3' });
      await hold.store.putBody(hold.ctx(), 'w4', 'a body and nothing else');
      const met = new Set<string>();
      let after: string | undefined;
      do {
        const page = await hold.store.scanArticles(hold.ctx(), after);
        for (const id of page.articleIds) met.add(id);
        after = page.next;
      } while (after !== undefined);
      expect([...met].sort()).toEqual(['w1', 'w2', 'w3']);
    });

    it('may end with the removal of a copy, unless it is another by now', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy({ id: 'w1', stamp: 5 }));
      await hold.store.removeCopy(hold.ctx(), 'w1', 4);
      expect((await hold.store.getArticle(hold.ctx(), 'w1')).state).toBe('live');
      await hold.store.removeCopy(hold.ctx(), 'w1', 5);
      expect((await hold.store.getArticle(hold.ctx(), 'w1')).state).toBe('unknown');
      await hold.store.putTombstone(hold.ctx(), 'w1');
      await hold.store.removeCopy(hold.ctx(), 'w1', 5);
      expect((await hold.store.getArticle(hold.ctx(), 'w1')).state).toBe('deleted');
    });
  });

  describe('what is stored beside heads', () => {
    it('is found: old versions, chunks, bodies, and nothing else', async () => {
      const first = await putOutput(hold.store, hold.ctx(), { text: large(1) });
      await putOutput(hold.store, hold.ctx(), { text: '"small"' });
      await hold.store.putIntent(hold.ctx(), { articleId: 'a1', kind: 'summary', version: 2 });
      const { sha256 } = await hold.store.putBody(hold.ctx(), 'a2', 'a body');
      const parts = await scan();
      const version = parts.find(({ type }) => type === 'version');
      expect(version).toMatchObject({
        articleId: 'a1',
        kind: 'summary',
        version: 1,
        storedAt: first.info.storedAt,
      });
      const chunks = parts.filter(({ type }) => type === 'chunk');
      expect(chunks).toHaveLength(first.content.chunks?.count ?? 0);
      for (const chunk of chunks) {
        expect(chunk).toMatchObject({
          articleId: 'a1',
          kind: 'summary',
          version: 1,
          content: first.content.chunks?.key,
        });
        expect(Math.abs(chunk.storedAtMs - hold.clock.now())).toBeLessThan(60_000);
      }
      expect(parts.filter(({ type }) => type === 'body')).toMatchObject([
        { articleId: 'a2', sha256 },
      ]);
      expect(parts).toHaveLength(chunks.length + 2);
    });

    it('is removed part by part, however often', async () => {
      await putOutput(hold.store, hold.ctx(), { text: large(1) });
      await putOutput(hold.store, hold.ctx(), { text: '"small"' });
      await hold.store.putBody(hold.ctx(), 'a2', 'a body');
      const parts = await scan();
      for (const part of [...parts, ...parts]) await hold.store.removePart(hold.ctx(), part);
      expect(await scan()).toEqual([]);
      const { head } = await hold.store.readHead(hold.ctx(), 'a1', 'summary');
      expect(head?.info.version).toBe(2);
    });

    it('stays where it was stored again since it was seen', async () => {
      const text = large(1);
      const head = await putOutput(hold.store, hold.ctx(), { text });
      await hold.store.putBody(hold.ctx(), 'a2', 'a body');
      await hold.store.keepVersion(hold.ctx(), head);
      const seen = await scan();
      hold.clock.advance(1_000);
      const again = await putOutput(hold.store, hold.ctx(), { articleId: 'a3', text });
      await hold.store.keepVersion(hold.ctx(), {
        ...head,
        info: { ...head.info, producer: { model: 'another' } },
      });
      await hold.store.stageOutput(hold.ctx(), 'a1', 'summary', 1, {
        text,
        parse: () => JSON.parse(text),
      });
      await hold.store.putBody(hold.ctx(), 'a2', 'a body');
      for (const part of seen) await hold.store.removePart(hold.ctx(), part);
      const left = await scan();
      expect(left.filter(({ articleId }) => articleId !== 'a3')).toHaveLength(seen.length);
      expect((await hold.store.loadOutput(hold.ctx(), again)).text).toBe(text);
      expect((await hold.store.loadOutput(hold.ctx(), head)).text).toBe(text);
    });
  });
}
