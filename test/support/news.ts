import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Real articles with real AI outputs, where the machine has them; they are no part of the project. */
const FOLDER = new URL('../../../shared/data/wikinews/', import.meta.url);

export interface News {
  readonly articles: string;
  readonly outputs: string;
  /** Lines of the files. */
  readonly articleLines: readonly string[];
  readonly outputLines: readonly string[];
}

/** Undefined, and said so, where they are absent. */
export function findNews(): News | undefined {
  const articles = fileURLToPath(new URL('articles.ndjson', FOLDER));
  const outputs = fileURLToPath(new URL('ai-outputs.ndjson', FOLDER));
  if (!existsSync(articles) || !existsSync(outputs)) {
    process.stderr.write('The news data is not on this machine: its tests are left out.\n');
    return undefined;
  }
  const lines = (path: string): string[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  return { articles, outputs, articleLines: lines(articles), outputLines: lines(outputs) };
}
