import { describe, expect, it } from 'vitest';
import { KeyLock } from '../../../src/local/dynamodb/key-lock.ts';

describe('key lock', () => {
  it('has one owner of a key at a time, in the order of asking', async () => {
    const lock = new KeyLock();
    const log: string[] = [];
    const hold = async (name: string) => {
      const release = await lock.acquire('k');
      log.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} out`);
      release();
    };
    await Promise.all([hold('a'), hold('b'), hold('c')]);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('does not let one key wait for another', async () => {
    const lock = new KeyLock();
    await lock.acquire('a');
    const release = await lock.acquire('b');
    release();
  });

  it('can be released twice without letting two in', async () => {
    const lock = new KeyLock();
    const first = await lock.acquire('k');
    first();
    const second = await lock.acquire('k');
    first();
    let entered = false;
    const third = lock.acquire('k').then(() => {
      entered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(entered).toBe(false);
    second();
    await third;
  });
});
