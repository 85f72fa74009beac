import type { ImportRecord } from './line.ts';
import type { Outcome } from './send.ts';

type Counts = { [status in Outcome['status']]: number };

/** Counts what became of the lines of an import. */
export class Tally {
  readonly #counts: { readonly [type in ImportRecord['type']]: Counts } = {
    article: { created: 0, updated: 0, unchanged: 0, error: 0 },
    output: { created: 0, updated: 0, unchanged: 0, error: 0 },
  };
  #badLines = 0;

  add(type: ImportRecord['type'], outcome: Outcome): void {
    this.#counts[type][outcome.status] += 1;
  }

  addBadLine(): void {
    this.#badLines += 1;
  }

  /** Lines dealt with so far. */
  get done(): number {
    const { article, output } = this.#counts;
    return [article, output].flatMap((counts) => Object.values(counts)).reduce((a, b) => a + b);
  }

  /** Lines that are not in the service. */
  get failed(): number {
    return this.#counts.article.error + this.#counts.output.error + this.#badLines;
  }

  /** The lines to print at the end. */
  summary(): string[] {
    const { article, output } = this.#counts;
    return [
      `articles: ${article.created} created, ${article.updated} updated, ${article.unchanged} unchanged, ${article.error} errors`,
      `outputs: ${output.created} created, ${output.unchanged} unchanged, ${output.error} errors`,
      ...(this.#badLines === 0 ? [] : [`bad lines: ${this.#badLines}`]),
    ];
  }
}
