import { describe, expect, it } from 'vitest';
import { JsonText } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { aHead, putOutput, randomText, sha256 } from './builders.ts';

const KB = 1024;

const TEXTS: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['an empty string', '""'],
  ['numbers of 40 digits and beyond a double', `[${'1234567890'.repeat(4)},1e400,-0.0,1.0,1E-7]`],
  [
    '__proto__, constructor and a member twice',
    '{"__proto__":{"a":1},"constructor":0,"a":1,"a":2}',
  ],
  ['lone escapes and NUL', '{"a":"\\ud800","b":"\\udc00\\u0000","c":"\\u00e9"}'],
  ['Arabic and emoji members', '{"مرحبا":"😀","👩‍👩‍👧":"é"}'],
  ['white space', ' {\t"a" :\r\n [ 1 , 2 ] } \n'],
  ['an object of empty things', '{"":"","a":[],"b":{}}'],
  ['depth 64', `${'['.repeat(64)}${']'.repeat(64)}`],
  ['just under what is compressed', JSON.stringify('a'.repeat(500))],
  ['900 KB of repetition', JSON.stringify(Array(45_000).fill('a line of news'))],
  ['256 KiB without pattern', JSON.stringify(randomText(256 * KB - 2))],
  ['300 KiB without pattern', JSON.stringify(randomText(300 * KB))],
  ['4 MiB without pattern', JSON.stringify(randomText(4 * KB * KB - 2))],
  ['4 MiB of emoji', JSON.stringify('😀'.repeat(KB * KB - 1))],
];

export function textFacts(hold: Hold): void {
  describe('texts', () => {
    it.each(TEXTS)('come back byte for byte: %s', async (_name, text) => {
      const put = await putOutput(hold.store, hold.ctx(), { text });
      const { head } = await hold.store.readHead(hold.ctx(), 'a1', 'summary');
      if (!head) throw new Error('no head');
      const read = await hold.store.loadOutput(hold.ctx(), head);
      // Compared by digest, since a difference in 4 MB is no message to print.
      expect([read.text.length, sha256(read.text)]).toEqual([text.length, put.info.sha256]);
      expect(head.info.storedBytes).toBe(head.content.storedBytes);
    });

    it('come back from a list and from every kind of read', async () => {
      await putOutput(hold.store, hold.ctx(), { text: '"small"' });
      const large = JSON.stringify(randomText(800 * KB));
      await putOutput(hold.store, hold.ctx(), { kind: 'large', text: large });
      const many = await hold.store.getOutputsMany(hold.ctx(), ['a1'], ['summary', 'large']);
      const all = await hold.store.getOutputs(hold.ctx(), 'a1', 'all');
      for (const reads of [many.get('a1'), all]) {
        for (const [kind, text] of [
          ['summary', '"small"'],
          ['large', large],
        ] as const) {
          const read = reads?.get(kind);
          if (read?.status !== 'found') throw new Error('not found');
          expect((await hold.store.loadOutput(hold.ctx(), read.head)).text === text).toBe(true);
        }
      }
    });

    it('of two writers of one version do not mix', async () => {
      const texts = [1, 2].map((seed) => JSON.stringify(randomText(900 * KB, seed)));
      const heads = await Promise.all(
        texts.map((text) => aHead(hold.store, hold.ctx(), { text, version: 1 })),
      );
      for (const [index, head] of heads.entries()) {
        expect((await hold.store.loadOutput(hold.ctx(), head)).text === texts[index]).toBe(true);
      }
    });

    it('that are not what was stored are unavailable, and a fault', async () => {
      const head = await putOutput(hold.store, hold.ctx());
      const ctx = hold.ctx();
      const other = { ...head, info: { ...head.info, sha256: sha256('another') } };
      await expect(hold.store.loadOutput(ctx, other)).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'dynamodb_unavailable',
      });
      expect(ctx.observed).toContainEqual(expect.objectContaining({ kind: 'fault' }));
    });

    it('of many are read together, each verified by itself', async () => {
      const { store } = hold;
      const texts = [
        ...Array.from({ length: 40 }, (_, n) => JSON.stringify(randomText(n * 997, n))),
        '"tiny"',
        JSON.stringify(randomText(100 * KB)),
        JSON.stringify(randomText(900 * KB)),
        ...Array.from({ length: 20 }, (_, n) => JSON.stringify(`${n} ${'word '.repeat(12_000)}`)),
      ];
      const heads = await Promise.all(
        texts.map((text, n) => putOutput(store, hold.ctx(), { kind: `k${n}`, text })),
      );
      const loaded = await store.loadOutputs(hold.ctx(), heads);
      expect(loaded.map((text) => (text instanceof Error ? text : sha256(text.text)))).toEqual(
        texts.map(sha256),
      );
      expect(await store.loadOutputs(hold.ctx(), [])).toEqual([]);
    });

    it('of many that are damaged take no other with them', async () => {
      const { store } = hold;
      const texts = Array.from({ length: 9 }, (_, n) => JSON.stringify(randomText(2_000, n)));
      const heads = await Promise.all(
        texts.map((text, n) => putOutput(store, hold.ctx(), { kind: `k${n}`, text })),
      );
      const another = sha256('another');
      const damaged = heads.map((head, n) => {
        const { info, content } = head;
        if (n === 1) return { ...head, info: { ...info, sha256: another } };
        if (n === 3)
          return { ...head, info: { ...info, sizeBytes: info.sizeBytes - 1, sha256: another } };
        if (n === 5) {
          const inline = content.inline?.slice();
          inline?.fill(0, 200);
          return { ...head, content: { ...content, inline } };
        }
        if (n === 7) {
          const key = 'OUT#k7#lost';
          return {
            ...head,
            content: { codec: content.codec, storedBytes: 9, chunks: { key, count: 1 } },
          };
        }
        return head;
      });
      const ctx = hold.ctx();
      const loaded = await store.loadOutputs(ctx, damaged as typeof heads);
      for (const [n, text] of loaded.entries()) {
        if (n % 2 === 1) expect(text).toMatchObject({ code: 'unavailable' });
        else expect(text).toHaveProperty('text', texts[n]);
      }
      expect(ctx.observed).toContainEqual(expect.objectContaining({ kind: 'fault' }));
    });

    it('beyond any answer are refused before anything is written', async () => {
      const text = new JsonText('x'.repeat(6 * KB * KB + 1));
      await expect(
        hold.store.stageOutput(hold.ctx(), 'a1', 'summary', 1, text),
      ).rejects.toMatchObject({ code: 'too_large' });
    });
  });
}
