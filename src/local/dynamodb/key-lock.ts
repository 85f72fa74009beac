/** One owner at a time for each key, in the order of asking. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves with the function that gives the key back; calling it twice does no harm. */
  async acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let open: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#tails.set(key, mine);
    await before;
    return () => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
      open();
    };
  }
}
