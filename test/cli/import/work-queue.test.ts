import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../../src/cli/import/work-queue.ts';

const item = (key: string, bytes = 1) => ({ key, bytes });
const ROOMY = { count: 100, bytes: 1_000 };

describe('import work queue', () => {
  it('gives a batch in order, no key twice, and holds back what follows a key in flight', async () => {
    const queue = new WorkQueue<{ key: string; bytes: number; n?: number }>(ROOMY);
    const [a1, b1, a2, c1, a3] = [item('a'), item('b'), item('a'), item('c'), item('a')];
    for (const each of [a1, b1, a2, c1, a3]) await queue.push(each);
    queue.close();

    const first = await queue.take(ROOMY);
    expect(first).toEqual([a1, b1, c1]);
    expect(first?.[0]).toBe(a1);
    let second: unknown;
    const waiting = queue.take(ROOMY).then((batch) => {
      second = batch;
    });
    await Promise.resolve();
    expect(second).toBeUndefined();
    queue.done(first ?? []);
    await waiting;
    expect((second as unknown[])[0]).toBe(a2);
    queue.done([a2]);
    expect((await queue.take(ROOMY))?.[0]).toBe(a3);
    expect(await queue.take(ROOMY)).toBeUndefined();
  });

  it('cuts a batch by count and by bytes, and gives at least one item', async () => {
    const queue = new WorkQueue(ROOMY);
    for (const each of [item('a', 10), item('b', 10), item('c', 90), item('d', 1)]) {
      await queue.push(each);
    }
    queue.close();
    expect(await queue.take({ count: 1, bytes: 50 })).toEqual([item('a', 10)]);
    expect(await queue.take({ count: 9, bytes: 50 })).toEqual([item('b', 10)]);
    expect(await queue.take({ count: 9, bytes: 50 })).toEqual([item('c', 90)]);
    expect(await queue.take({ count: 9, bytes: 50 })).toEqual([item('d', 1)]);
  });

  it('lets a reader wait while it is full, until something is taken', async () => {
    const queue = new WorkQueue({ count: 2, bytes: 1_000 });
    await queue.push(item('a'));
    let pushed = false;
    const push = queue.push(item('b')).then(() => {
      pushed = true;
    });
    await Promise.resolve();
    expect(pushed).toBe(false);
    await queue.take({ count: 1, bytes: 1_000 });
    await push;
    expect(pushed).toBe(true);
  });

  it('lets everybody go when it is aborted', async () => {
    const queue = new WorkQueue({ count: 1, bytes: 1_000 });
    const push = queue.push(item('a'));
    queue.abort();
    await push;
    expect(await queue.take(ROOMY)).toBeUndefined();
  });
});
