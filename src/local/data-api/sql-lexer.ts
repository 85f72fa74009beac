/** SQL with `:name` placeholders turned into `$n`, one number for each place. */
export interface LexedSql {
  readonly sql: string;
  /** Name of each placeholder, in order; a name that stands twice is here twice. */
  readonly names: readonly string[];
  /** Whether another statement follows a semicolon. */
  readonly several: boolean;
}

const NAME = /[A-Za-z0-9_]+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** Finds placeholders outside of strings, quoted names, comments and casts. */
export function lexSql(source: string): LexedSql {
  const names: string[] = [];
  let sql = '';
  let several = false;
  let ended = false;
  let at = 0;
  const copyTo = (end: number): void => {
    sql += source.slice(at, end);
    at = end;
  };
  while (at < source.length) {
    const skipped = skipQuoted(source, at);
    if (skipped > at) {
      const isComment = source.startsWith('--', at) || source.startsWith('/*', at);
      if (ended && !isComment) several = true;
      copyTo(skipped);
      continue;
    }
    const character = source[at] as string;
    if (character === ';') ended = true;
    else if (ended && !/\s/.test(character)) several = true;
    if (character === ':') {
      if (source[at + 1] === ':' || source[at + 1] === '=') {
        copyTo(at + 2);
        continue;
      }
      NAME.lastIndex = at + 1;
      const name = NAME.exec(source)?.[0];
      // An array slice such as a[1:2] has its colon right behind a digit or a closing bracket.
      if (name !== undefined && !/[\w\])]/.test(source[at - 1] ?? '')) {
        names.push(name);
        sql += `$${names.length}`;
        at += 1 + name.length;
        continue;
      }
    }
    copyTo(at + 1);
  }
  return { sql, names, several };
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
