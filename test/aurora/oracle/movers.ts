import fc from 'fast-check';
import type { Context } from '../../../src/domain/index.ts';
import { seededRandom } from '../../support/clock.ts';
import { corpus } from './corpus.ts';
import { lastFacts } from './facts.ts';
import { type Shelf, toWrite } from './load.ts';
import type { Stored } from './model.ts';

/** Begins all over the order of ids, so that movers come between the others in that order too. */
const FIRST_LETTERS = ['0', 'B', 'a', 'b'];

/** Deleted ids are not taken again for 30 days. */
let born = 0;

export function isMover(id: string): boolean {
  return id.includes('mover-');
}

/** Articles that come, change, get other metrics and go while somebody turns pages. */
export class Movers {
  readonly #shelf: Shelf;
  readonly #ctx: () => Context;
  readonly #random: (below: number) => number;
  readonly #shapes: readonly Stored[];
  /** Living ones with the number of changes of their outputs so far. */
  readonly #living = new Map<string, number>();

  constructor(shelf: Shelf, ctx: () => Context, seed: number) {
    const uniform = seededRandom(seed);
    this.#shelf = shelf;
    this.#ctx = ctx;
    this.#random = (below) => Math.floor(uniform() * below);
    // Without urls, which would have to be unique.
    this.#shapes = fc
      .sample(corpus, { seed, numRuns: 2 })
      .flat()
      .map(({ url: _, ...shape }) => shape);
  }

  /** One write. */
  async move(): Promise<void> {
    const ids = [...this.#living.keys()];
    const id = ids[this.#random(ids.length)];
    const action = ids.length < 4 ? 0 : this.#random(5);
    if (id === undefined || action === 0) {
      born++;
      return this.#put(`${FIRST_LETTERS[born % FIRST_LETTERS.length]}mover-${born}`);
    }
    if (action === 1) return this.#put(id);
    if (action === 2) {
      this.#living.delete(id);
      await this.#shelf.store.delete(this.#ctx(), id);
      return;
    }
    return this.#project(id);
  }

  async #put(id: string): Promise<void> {
    await this.#shelf.store.put(this.#ctx(), toWrite({ ...this.#shape(), id }));
    if (!this.#living.has(id)) {
      this.#living.set(id, 0);
      await this.#project(id);
    }
  }

  async #project(id: string): Promise<void> {
    const round = (this.#living.get(id) ?? 0) + 1;
    this.#living.set(id, round);
    const facts = lastFacts({ ...this.#shape(), id }, round);
    const { store, registry } = this.#shelf;
    const verdicts = await store.project(this.#ctx(), facts, registry.revision);
    if (verdicts.some((verdict) => verdict !== 'applied')) throw new Error('not applied');
  }

  #shape(): Stored {
    const shape = this.#shapes[this.#random(this.#shapes.length)];
    if (!shape) throw new Error('there are no shapes');
    return shape;
  }
}
