import { uuidv7 } from 'uuidv7';
import type { Clock, NewId, Random } from '../domain/index.ts';

/** The machine's own clock. Nothing else in the project asks for the time or sets a timer by itself. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // By hand: `node:timers/promises` makes two errors with stacks of every sleep cut short, and that of each
  // store call is.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const cut = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', cut);
        resolve();
      }, ms);
      signal?.addEventListener('abort', cut, { once: true });
    }),
};

export const systemRandom: Random = () => Math.random();

export const newId: NewId = () => uuidv7();
