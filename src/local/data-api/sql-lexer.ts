/** SQL with `:name` placeholders turned into `$n`, one number for each place. */
export interface LexedSql {
  readonly sql: string;
  /** Name of each placeholder, in order; a name that stands twice is here twice. */
  readonly names: readonly string[];
  /** Whether another statement follows a semicolon. */
  readonly several: boolean;
  /** The word it begins with, in lower case. */
  readonly firstWord: string;
}

const NAME = /[A-Za-z0-9_]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * Finds placeholders outside of strings, quoted names, comments and casts. A semicolon ends a statement
 * unless it stands in parentheses or in the body of an SQL function (`BEGIN ATOMIC … END`).
 */
export function lexSql(source: string): LexedSql {
  const known = lexed.get(source);
  if (known) return known;
  const fresh = lex(source);
  if (lexed.size >= REMEMBERED) lexed.delete(lexed.keys().next().value as string);
  lexed.set(source, fresh);
  return fresh;
}

/** Programs send the same few statements again and again. */
const lexed = new Map<string, LexedSql>();
const REMEMBERED = 200;

function lex(source: string): LexedSql {
  const names: string[] = [];
  const body = new StatementEnd();
  let sql = '';
  let at = 0;
  let brackets = 0;
  const copyTo = (end: number): void => {
    sql += source.slice(at, end);
    at = end;
  };
  while (at < source.length) {
    const skipped = skipQuoted(source, at);
    if (skipped > at) {
      const isComment = source.startsWith('--', at) || source.startsWith('/*', at);
      if (!isComment) body.see('quoted');
      copyTo(skipped);
      continue;
    }
    const word = wordAt(source, at);
    if (word !== undefined) {
      body.see(word.toLowerCase());
      copyTo(at + word.length);
      continue;
    }
    const character = source[at] as string;
    if (!/\s/.test(character)) body.see(character);
    if (character === '[') brackets++;
    else if (character === ']') brackets--;
    if (character === ':') {
      if (source[at + 1] === ':' || source[at + 1] === '=') {
        copyTo(at + 2);
        continue;
      }
      NAME.lastIndex = at + 1;
      const name = NAME.exec(source)?.[0];
      // An array slice such as a[1:n] has its colon right behind its lower bound.
      const isSlice = brackets > 0 && /[\w\])]/.test(source[at - 1] ?? '');
      if (name !== undefined && !isSlice) {
        names.push(name);
        // Right behind a word it would be a part of it: then:p.
        sql += `${/\w/.test(source[at - 1] ?? '') ? ' ' : ''}$${names.length}`;
        at += 1 + name.length;
        continue;
      }
    }
    copyTo(at + 1);
  }
  return { sql, names, several: body.several, firstWord: body.firstWord };
}

/** Follows a statement's words to where it ends. */
class StatementEnd {
  several = false;
  firstWord = '';
  private ended = false;
  private depth = 0;
  /** `BEGIN ATOMIC` and each `CASE` in it that wait for their `END`. */
  private blocks = 0;
  private before = '';

  see(token: string): void {
    if (token === ';') {
      if (this.depth === 0 && this.blocks === 0) this.ended = true;
      return;
    }
    if (this.ended) this.several = true;
    if (this.firstWord === '') this.firstWord = token;
    if (token === '(') this.depth++;
    else if (token === ')') this.depth = Math.max(0, this.depth - 1);
    else if (token === 'atomic' && this.before === 'begin') this.blocks = 1;
    else if (token === 'case' && this.blocks > 0) this.blocks++;
    else if (token === 'end' && this.blocks > 0) this.blocks--;
    this.before = token;
  }
}

/** The whole word that begins at `at`: not the rest of one, nor the letter before a string such as E''. */
function wordAt(source: string, at: number): string | undefined {
  if (/[\w$:\u0080-\uffff]/.test(source[at - 1] ?? '') && source.slice(at - 2, at) !== '::') {
    return undefined;
  }
  WORD.lastIndex = at;
  return WORD.exec(source)?.[0];
}

/** Where the string, quoted name, comment or dollar quote that begins at `at` ends; `at` when none does. */
function skipQuoted(source: string, at: number): number {
  const character = source[at];
  if (character === "'") {
    const escapes = /[eE]/.test(source[at - 1] ?? '') && !/\w/.test(source[at - 2] ?? '');
    return endOfQuote(source, at, "'", escapes);
  }
  if (character === '"') return endOfQuote(source, at, '"', false);
  if (character === '-' && source[at + 1] === '-') {
    const end = source.indexOf('\n', at);
    return end < 0 ? source.length : end;
  }
  if (character === '/' && source[at + 1] === '*') return endOfComment(source, at);
  if (character === '$' && !/[\w$]/.test(source[at - 1] ?? '')) {
    DOLLAR_TAG.lastIndex = at;
    const tag = DOLLAR_TAG.exec(source)?.[0];
    if (tag !== undefined) {
      const end = source.indexOf(tag, at + tag.length);
      return end < 0 ? source.length : end + tag.length;
    }
  }
  return at;
}

function endOfQuote(source: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < source.length; at++) {
    if (escapes && source[at] === '\\') at++;
    else if (source[at] === quote) {
      if (source[at + 1] === quote) at++;
      else return at + 1;
    }
  }
  return source.length;
}

function endOfComment(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (source.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (source.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return source.length;
}
