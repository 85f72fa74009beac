/** What a client may believe of its writes, after what it was told of them. */
export class Beliefs {
  /** By article: titles it may have, `deleted`, `absent`. */
  readonly #articles = new Map<string, Set<string>>();
  /** By article and kind: texts that the latest version may have, `none`. */
  readonly #outputs = new Map<string, Set<string>>();
  readonly #edges = new Map<string, Set<'there' | 'none'>>();
  /** By article and kind: what was acknowledged under which version, since the last removal. */
  readonly #versions = new Map<string, Map<number, string>>();
  /** By article and kind: the highest version that anybody was told of. */
  readonly #tops = new Map<string, number>();
  /** By article and kind: the highest version that anybody was told of when it was removed. */
  readonly #gone = new Map<string, number>();
  readonly #revs = new Map<string, number>();

  article(id: string): ReadonlySet<string> {
    return this.#articles.get(id) ?? new Set(['absent']);
  }

  output(articleId: string, kind: string): ReadonlySet<string> {
    return this.#outputs.get(`${articleId}#${kind}`) ?? new Set(['none']);
  }

  articles(): IterableIterator<string> {
    return this.#articles.keys();
  }

  outputs(): readonly { readonly articleId: string; readonly kind: string }[] {
    return [...this.#outputs.keys()].map((key) => {
      const [articleId = '', kind = ''] = key.split('#');
      return { articleId, kind };
    });
  }

  edges(): IterableIterator<[string, ReadonlySet<'there' | 'none'>]> {
    return this.#edges.entries();
  }

  versions(articleId: string, kind: string): ReadonlyMap<number, string> {
    return this.#versions.get(`${articleId}#${kind}`) ?? new Map();
  }

  /** Up to which version all are removed, as somebody was told. */
  gone(articleId: string, kind: string): number {
    return this.#gone.get(`${articleId}#${kind}`) ?? 0;
  }

  top(articleId: string, kind: string): number {
    return this.#tops.get(`${articleId}#${kind}`) ?? 0;
  }

  isDeleted(id: string): boolean {
    return this.#only(this.article(id), 'deleted');
  }

  isLive(id: string): boolean {
    const states = this.article(id);
    return !states.has('deleted') && !states.has('absent');
  }

  /** An article is now known to be this. */
  told(id: string, state: string): void {
    this.#articles.set(id, new Set([state]));
    if (state === 'deleted') this.#forget(id);
  }

  /** A write of which nobody knows whether it happened. */
  perhaps(id: string, state: string): void {
    this.#articles.set(id, new Set([...this.article(id), state]));
  }

  /** The revision an answer named; answers the one named before. */
  rev(id: string, rev: number): number {
    const before = this.#revs.get(id) ?? 0;
    this.#revs.set(id, Math.max(before, rev));
    return before;
  }

  /** A put that was answered with a version; answers what else was acknowledged under it. */
  stored(articleId: string, kind: string, text: string, version: number): string | undefined {
    const key = `${articleId}#${kind}`;
    this.#outputs.set(key, new Set([text]));
    this.#tops.set(key, Math.max(version, this.top(articleId, kind)));
    const versions = this.#versions.get(key) ?? new Map<number, string>();
    const other = versions.get(version);
    this.#versions.set(key, versions.set(version, text));
    return other === text ? undefined : other;
  }

  perhapsStored(articleId: string, kind: string, text: string): void {
    this.#outputs.set(`${articleId}#${kind}`, new Set([...this.output(articleId, kind), text]));
    // A removal takes what was there before it.
    if (text === 'none') this.#versions.delete(`${articleId}#${kind}`);
  }

  removed(articleId: string, kind: string): void {
    this.#outputs.set(`${articleId}#${kind}`, new Set(['none']));
    this.#versions.delete(`${articleId}#${kind}`);
    this.#gone.set(`${articleId}#${kind}`, this.top(articleId, kind));
  }

  /** What some run made is to be replaced by what was there before it. */
  takenBack(
    articleId: string,
    kind: string,
    text: string,
    isOfRun: (text: string) => boolean,
  ): void {
    const others = [...this.output(articleId, kind)].filter((one) => !isOfRun(one));
    this.#outputs.set(`${articleId}#${kind}`, new Set([...others, text]));
    if (text === 'none') this.#versions.delete(`${articleId}#${kind}`);
  }

  /** Nobody can read it any more, and nothing is promised of it. */
  spoiled(articleId: string, kind: string): void {
    for (const map of [this.#outputs, this.#versions, this.#tops])
      map.delete(`${articleId}#${kind}`);
  }

  /** Old versions are not promised any more, as after a change of retention. */
  trimmed(articleId: string, kind: string): void {
    this.#versions.delete(`${articleId}#${kind}`);
  }

  related(edge: string, state: 'there' | 'none'): void {
    this.#edges.set(edge, new Set([state]));
  }

  perhapsRelated(edge: string, state: 'there' | 'none'): void {
    this.#edges.set(edge, new Set([...(this.#edges.get(edge) ?? ['none' as const]), state]));
  }

  #forget(id: string): void {
    for (const key of this.#outputs.keys()) {
      if (key.startsWith(`${id}#`)) this.#outputs.set(key, new Set(['none']));
    }
    for (const key of this.#versions.keys()) {
      if (key.startsWith(`${id}#`)) this.#versions.delete(key);
    }
    for (const edge of this.#edges.keys()) {
      if (edge.split('>').includes(id)) this.#edges.set(edge, new Set(['none']));
    }
  }

  #only(states: ReadonlySet<string>, state: string): boolean {
    return states.size === 1 && states.has(state);
  }
}
