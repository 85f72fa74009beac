import type { FilterLexer } from './filter-lexer.ts';
import { parseRelative, parseTimeLiteral, quote, tidyNumber } from './filter-literals.ts';
import { type Edit, WrittenFault } from './filter-syntax.ts';

const LOWER_CASE_WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const SPACED_RELATIVE = /now\s*([+-]?)\s*(\d+)\s*([smhdw])(?![\p{L}\p{N}_])/iuy;
const SPACED_OFFSET = /(\d{4}-\d{2}-\d{2}T[\d:.]+) (\d{2}:\d{2})(?![\p{L}\p{N}_:])/iuy;

/** Words to search for that stand where a comparison begins. */
export function bareWords(lexer: FilterLexer, start: number): WrittenFault {
  lexer.position = start;
  lexer.word();
  const end = lexer.endOfWords();
  const words = lexer.text.slice(start, end);
  // Where a string or a list comes next the words were meant for an operator.
  const plain = !/["'(]/.test(lexer.peek());
  const detail = 'words to search for stand in text("…"); a comparison needs an operator';
  return new WrittenFault({ start, end }, 'bare_word', detail, {
    edits: plain ? [{ start, end, text: `text(${quote(words)})` }] : [],
  });
}

/** A string that stands where a comparison begins; one of several words was meant as a phrase. */
export function bareString(lexer: FilterLexer): WrittenFault {
  if (lexer.peek() === "'") return singleQuotes(lexer, lexer.position);
  const { start, end, parts } = lexer.string();
  const words = parts.join('*');
  const phrase = /\s/.test(words) ? quote(words) : words;
  return new WrittenFault({ start, end }, 'bare_word', 'words to search for stand in text("…")', {
    edits: [{ start, end, text: `text(${quote(phrase)})` }],
  });
}

/** A character that has no meaning where it stands; white space of a rare kind was meant as a space. */
export function unexpectedCharacter(text: string, start: number): WrittenFault {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  const isSpace = /\s/.test(character);
  const shown = isSpace ? 'white space of this kind' : JSON.stringify(character);
  return new WrittenFault(start, 'unexpected_character', `${shown} means nothing here`, {
    edits: isSpace ? [{ start, end: start + character.length, text: ' ' }] : [],
  });
}

/** A time with a space in it, such as a `+` leaves in a query string where it was not escaped. */
export function correctSpacedTime(
  lexer: FilterLexer,
  word: string,
  start: number,
): WrittenFault | undefined {
  const spaced = word.toLowerCase() === 'now' ? SPACED_RELATIVE : SPACED_OFFSET;
  spaced.lastIndex = start;
  const match = spaced.exec(lexer.text);
  if (!match) return undefined;
  const [whole, first = '', second = '', third] = match;
  const tidy =
    third === undefined
      ? `${first}+${second}`
      : `now${first || '+'}${second}${third.toLowerCase()}`;
  const end = start + whole.length;
  const detail = 'a time is written without spaces; in a query string "+" is %2B';
  return new WrittenFault({ start, end }, 'invalid_time', detail, {
    edits: [{ start, end, text: tidy }],
  });
}

/**
 * The fault of a value that is no literal: most often a string without its quotes. The lexer stands
 * behind `word`, which began at `start`.
 */
export function correctValue(lexer: FilterLexer, word: string, start: number): WrittenFault {
  const fault = (code: string, detail: string, end: number, text: string): WrittenFault =>
    new WrittenFault({ start, end }, code, detail, { edits: [{ start, end, text }] });

  const end = lexer.position;
  if (word.startsWith("'")) return singleQuotes(lexer, start);
  const lower = word.toLowerCase();
  if (LOWER_CASE_WORDS.has(lower) || parseRelative(lower) !== undefined) {
    return fault('keyword_case', `${lower} is written in small letters`, end, lower);
  }
  const number = tidyNumber(word);
  if (number !== undefined)
    return fault('invalid_number', 'numbers are those of JSON', end, number);
  if (/^\d{4}-\d{2}-\d{2}/.test(word)) return badTime({ start, end }, word, (text) => text);
  const last = lexer.endOfWords();
  const words = lexer.text.slice(start, last);
  return fault('bare_word', 'a string stands in quotes', last, quote(words));
}

/** The fault of what looks like a time and is none; `spell` writes a corrected one as it was written. */
export function badTime(
  at: { readonly start: number; readonly end: number },
  text: string,
  spell: (text: string) => string,
): WrittenFault {
  const offsetMissing = parseTimeLiteral(`${text}Z`) !== undefined;
  const detail = offsetMissing
    ? 'a time needs its offset: Z, or such as +02:00'
    : `${quote(text)} is no time or date of RFC 3339`;
  const edits: Edit[] = offsetMissing ? [{ ...at, text: spell(`${text}Z`) }] : [];
  return new WrittenFault(at, 'invalid_time', detail, { edits });
}

function singleQuotes(lexer: FilterLexer, start: number): WrittenFault {
  const closing = lexer.text.indexOf("'", start + 1);
  const detail = 'strings stand in double quotes';
  if (closing < 0) return new WrittenFault(start, 'unclosed_string', detail);
  const end = closing + 1;
  const content = lexer.text.slice(start + 1, closing);
  return new WrittenFault({ start, end }, 'single_quotes', detail, {
    edits: [{ start, end, text: quote(content) }],
  });
}
