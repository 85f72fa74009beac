import type { Operator } from './filter-ast.ts';
import { type FieldName, WrittenFault } from './filter-syntax.ts';

const SPACE = /[ \t\r\n]*/y;
const SEGMENT = /[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_-]*/uy;
const OPERATOR = /<=|>=|!=|<>|==|[=<>:]/y;
/** A number, a time, a keyword, or something that ought to be in quotes. */
const WORD = /[^\s()",]+/y;
/** A further word that a reader would take as one with the word before it. */
const NEXT_WORD = /[^\S\r\n]+([^\s()"'=<>!:,*-][^\s()"'=<>!:,*]*)/y;
const STARTS_SOMETHING_ELSE = /\s*[=<>!:(]/y;

const SPELLINGS: ReadonlyMap<string, Operator> = new Map([
  ['==', '='],
  ['<>', '!='],
]);
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
]);

/** A string as written: what stands between its quotes, decoded and split at each `*` not escaped. */
export interface LexedString {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly string[];
}

/** Whether a member name can stand in a filter without quotes. */
export function isPlainSegment(name: string): boolean {
  SEGMENT.lastIndex = 0;
  return SEGMENT.test(name) && SEGMENT.lastIndex === name.length;
}

/** Whether PostgreSQL could not hold the text: no stored text is like it, and a query with it fails. */
export function isUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

/**
 * Walks over a filter text. What a character means depends on what the grammar expects (`:` is an
 * operator behind a field and part of a time behind an operator), so the parser asks for what it wants.
 */
export class FilterLexer {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Steps over white space; the character there, empty at the end. */
  peek(): string {
    SPACE.lastIndex = this.position;
    SPACE.test(this.text);
    this.position = SPACE.lastIndex;
    return this.text.charAt(this.position);
  }

  /** Steps over `symbol` if it comes next. */
  eat(symbol: string): boolean {
    if (this.peek() !== symbol) return false;
    this.position++;
    return true;
  }

  /** A dotted name; segments behind the first may stand in quotes. */
  fieldName(): FieldName | undefined {
    this.peek();
    const start = this.position;
    const first = this.#match(SEGMENT);
    if (first === undefined) return undefined;
    const path = [first];
    while (this.text.charAt(this.position) === '.') {
      this.position++;
      const quoted = this.text.charAt(this.position) === '"';
      const segment = quoted ? this.string().parts.join('*') : this.#match(SEGMENT);
      if (segment === undefined) {
        this.position = start;
        return undefined;
      }
      path.push(segment);
    }
    return { path, at: { start, end: this.position } };
  }

  operator(): Operator | undefined {
    this.peek();
    const start = this.position;
    const spelling = this.#match(OPERATOR);
    if (spelling === undefined) return undefined;
    const meant = SPELLINGS.get(spelling);
    if (meant === undefined) return spelling as Operator;
    throw new WrittenFault(start, 'invalid_operator', `"${spelling}" is written ${meant}`, {
      edits: [{ start, end: this.position, text: meant }],
    });
  }

  /** Everything up to white space, a parenthesis, a comma or a quote. */
  word(): string | undefined {
    this.peek();
    return this.#match(WORD);
  }

  /**
   * Behind a word that ought to be in quotes: the end of the words that go with it, up to the next
   * keyword, term or mark.
   */
  endOfWords(): number {
    for (;;) {
      NEXT_WORD.lastIndex = this.position;
      const next = NEXT_WORD.exec(this.text);
      if (!next || /^(?:AND|OR|NOT)$/i.test(next[1] ?? '')) return this.position;
      STARTS_SOMETHING_ELSE.lastIndex = NEXT_WORD.lastIndex;
      if (STARTS_SOMETHING_ELSE.test(this.text)) return this.position;
      this.position = NEXT_WORD.lastIndex;
    }
  }

  /** The string whose opening quote comes next. */
  string(): LexedString {
    const start = this.position;
    const parts: string[] = [];
    let part = '';
    let at = start + 1;
    for (;;) {
      const character = this.text.charAt(at);
      if (character === '') {
        throw new WrittenFault(
          start,
          'unclosed_string',
          'the string that begins here is not closed',
        );
      }
      if (character === '"') break;
      if (character === '\\') {
        const escaped = this.#escape(at);
        part += escaped.text;
        at = escaped.end;
        continue;
      }
      if (character === '*') {
        parts.push(part);
        part = '';
      } else part += character;
      at++;
    }
    parts.push(part);
    this.position = at + 1;
    if (isUnstorable(parts.join('*'))) {
      const detail = 'a string may hold neither NUL nor half of a surrogate pair';
      throw new WrittenFault({ start, end: this.position }, 'invalid_character', detail);
    }
    return { start, end: this.position, parts };
  }

  #escape(at: number): { readonly text: string; readonly end: number } {
    const letter = this.text.charAt(at + 1);
    const simple = letter === '*' ? '*' : SIMPLE_ESCAPES.get(letter);
    if (simple !== undefined) return { text: simple, end: at + 2 };
    const hex = this.text.slice(at + 2, at + 6);
    if (letter === 'u' && /^[0-9A-Fa-f]{4}$/.test(hex)) {
      return { text: String.fromCharCode(Number.parseInt(hex, 16)), end: at + 6 };
    }
    const detail = 'the escapes are \\" \\\\ \\* \\n \\t and \\u with four hexadecimal digits';
    throw new WrittenFault(at, 'invalid_escape', detail);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.position = pattern.lastIndex;
    return match[0];
  }
}
