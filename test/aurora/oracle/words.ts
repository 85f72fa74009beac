import type { Stored } from './model.ts';

/**
 * Whether an article's text has the words of a query. The corpus keeps to what is beyond dispute: texts
 * are descriptions of whole numbers, which no language stems and none leaves out, in any title's company.
 */
export function containsWords({ description }: Stored, query: string): boolean {
  const words = (description ?? '').split(' ').filter((word) => /^\d+$/.test(word));
  return query.split(' or ').some((alternative) => {
    const terms = alternative.match(/-?(?:"[^"]*"|\S+)/g) ?? [];
    return terms.every((term) => {
      const isWanted = !term.startsWith('-');
      const phrase = term.replace(/^-/, '').replaceAll('"', '').split(' ');
      return isWanted === standsIn(words, phrase);
    });
  });
}

function standsIn(words: readonly string[], phrase: readonly string[]): boolean {
  return words.some((_, at) => phrase.every((word, index) => words[at + index] === word));
}
