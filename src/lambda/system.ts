import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { Clock, NewId, Random } from '../domain/index.ts';

/** The machine's own clock. Nothing else in the project asks for the time or sets a timer by itself. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  },
};

export const systemRandom: Random = () => Math.random();

export const newId: NewId = () => uuidv7();
