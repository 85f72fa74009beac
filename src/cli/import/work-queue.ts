/** Something to send. Those with the same `key` keep their order and are never sent at the same time. */
export interface Keyed {
  readonly key: string;
  readonly bytes: number;
}

export interface QueueLimits {
  /** Items waiting before `push` waits. */
  readonly count: number;
  /** Bytes waiting before `push` waits. */
  readonly bytes: number;
}

/**
 * A queue between one reader and several senders. A batch taken from it holds no key twice and none that
 * is still being sent, so that an item that has to be sent again cannot overtake a later one.
 */
export class WorkQueue<T extends Keyed> {
  readonly #limits: QueueLimits;
  #waiting: T[] = [];
  #waitingBytes = 0;
  readonly #busy = new Set<string>();
  #closed = false;
  #changed = newSignal();

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Adds an item; resolves when there is room for the next. */
  async push(item: T): Promise<void> {
    this.#waiting.push(item);
    this.#waitingBytes += item.bytes;
    this.#tell();
    while (!this.#closed && this.#isFull()) await this.#changed.promise;
  }

  /** No more items come: `take` answers with what is left, then with undefined. */
  close(): void {
    this.#closed = true;
    this.#tell();
  }

  /** Throws away what is waiting, and closes. */
  abort(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.close();
  }

  /**
   * Takes up to `count` items of up to `bytes` together (one at least), oldest first. Waits while none
   * can be taken; undefined when none will come. Every item taken must be given to `done`.
   */
  async take(limits: QueueLimits): Promise<T[] | undefined> {
    for (;;) {
      const batch = this.#pick(limits);
      if (batch.length > 0) return batch;
      if (this.#closed && this.#waiting.length === 0) return undefined;
      await this.#changed.promise;
    }
  }

  /** The items were sent: others with their keys may follow. */
  done(items: readonly T[]): void {
    for (const { key } of items) this.#busy.delete(key);
    this.#tell();
  }

  #pick(limits: QueueLimits): T[] {
    const batch: T[] = [];
    const left: T[] = [];
    let bytes = 0;
    let full = false;
    for (const item of this.#waiting) {
      full ||=
        batch.length === limits.count || (batch.length > 0 && bytes + item.bytes > limits.bytes);
      if (full || this.#busy.has(item.key)) {
        left.push(item);
        continue;
      }
      this.#busy.add(item.key);
      batch.push(item);
      bytes += item.bytes;
    }
    if (batch.length > 0) {
      this.#waiting = left;
      this.#waitingBytes -= bytes;
      this.#tell();
    }
    return batch;
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#limits.count || this.#waitingBytes >= this.#limits.bytes;
  }

  /** Wakes everybody who waits for a change. */
  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = newSignal();
    resolve();
  }
}

interface Signal {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function newSignal(): Signal {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
