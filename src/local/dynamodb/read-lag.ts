import { type Item, itemKey, type Table } from './dynalite.ts';
import type { Change } from './write-recorder.ts';

interface Replaced {
  readonly table: string;
  readonly key: string;
  readonly image: Item | undefined;
  readonly atMs: number;
}

/**
 * What eventually consistent reads see while they lag: each item as it was `lagMs` ago. Off until a lag
 * is set; then changes made from that moment on are hidden for so long. Reads of an index do not lag.
 */
export class ReadLag {
  readonly #clock: { now(): number };
  #lagMs = 0;
  /** Oldest first, by the item's place in the store: what each change replaced. */
  #replaced = new Map<string, Replaced[]>();

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  set(lagMs: number): void {
    if (!(lagMs >= 0)) throw new RangeError(`a lag must be 0 ms or more, not ${lagMs}`);
    this.#lagMs = lagMs;
    if (lagMs === 0) this.#replaced = new Map();
  }

  /** Remembers what a change replaced. */
  note(change: Change, key: string): void {
    if (this.#lagMs === 0) return;
    const table = change.table.TableName;
    const at = itemKey(table, key);
    const entry = { table, key, image: change.oldImage, atMs: this.#clock.now() };
    this.#replaced.set(at, [...(this.#replaced.get(at) ?? []), entry]);
  }

  /** The item as a lagging read sees it. */
  seen(table: Table, key: string, current: Item | undefined): Item | undefined {
    const hidden = this.#hidden(itemKey(table.TableName, key));
    return hidden ? hidden.image : current;
  }

  /** Everything of a table that a lagging read sees otherwise than it is, by key. */
  overlay(table: string): Map<string, Item | undefined> {
    const overlay = new Map<string, Item | undefined>();
    for (const [at, changes] of [...this.#replaced]) {
      if (changes[0]?.table !== table) continue;
      const hidden = this.#hidden(at);
      if (hidden) overlay.set(hidden.key, hidden.image);
    }
    return overlay;
  }

  /** The first change too young to be seen; older ones are forgotten. */
  #hidden(at: string): Replaced | undefined {
    const changes = this.#replaced.get(at);
    if (!changes) return undefined;
    const seenMs = this.#clock.now() - this.#lagMs;
    const young = changes.filter(({ atMs }) => atMs > seenMs);
    if (young.length > 0) this.#replaced.set(at, young);
    else this.#replaced.delete(at);
    return young[0];
  }
}
