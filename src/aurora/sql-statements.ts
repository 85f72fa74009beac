/**
 * Splits the text of a migration into its statements, since the Data API takes one a call. Knows
 * strings, `E''` strings, quoted identifiers, dollar quotes and nested comments; comments outside of
 * statements' quotes are dropped. Not understood: functions with `begin atomic … end` bodies, to be
 * written in dollar quotes instead. Throws on a quote that is not closed, and on what the Data API would
 * take for a parameter (`:name` outside quotes).
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  let at = 0;
  const finish = (): void => {
    const statement = current.trim();
    if (statement !== '') statements.push(statement);
    current = '';
  };
  while (at < sql.length) {
    const skipped = commentEnd(sql, at);
    if (skipped !== undefined) {
      current += ' ';
      at = skipped;
      continue;
    }
    const end = quoteEnd(sql, at) ?? castEnd(sql, at) ?? wordEnd(sql, at);
    if (end !== undefined) {
      current += sql.slice(at, end);
      at = end;
      continue;
    }
    const char = sql[at] as string;
    if (char === ';') finish();
    else if (char === ':' && /[A-Za-z0-9_]/.test(sql[at + 1] ?? '')) {
      throw new Error(`line ${lineOf(sql, at)}: the Data API would take this for a parameter`);
    } else current += char;
    at += 1;
  }
  finish();
  return statements;
}

/** End of the comment that begins at `at`, if one does. */
function commentEnd(sql: string, at: number): number | undefined {
  if (sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at);
    return end === -1 ? sql.length : end;
  }
  if (!sql.startsWith('/*', at)) return undefined;
  let depth = 1;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at + 2;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  throw new Error(`line ${lineOf(sql, at)}: this comment is not closed`);
}

/** End of the string, identifier or dollar quote that begins at `at`, if one does. */
function quoteEnd(sql: string, at: number): number | undefined {
  const char = sql[at];
  if (char === "'" || char === '"') return closing(sql, at, at + 1, char, false);
  // A letter before it makes `e'` the end of a word: `wordEnd` takes whole words, so none comes here.
  if ((char === 'e' || char === 'E') && sql[at + 1] === "'") {
    return closing(sql, at, at + 2, "'", true);
  }
  if (char !== '$') return undefined;
  const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(
    sql.slice(at, at + 70),
  )?.[0];
  if (tag === undefined) return undefined;
  const end = sql.indexOf(tag, at + tag.length);
  if (end === -1) throw new Error(`line ${lineOf(sql, at)}: ${tag} is not closed`);
  return end + tag.length;
}

/** A doubled quote stands for itself: seen as the end of one quote and the start of the next. */
function closing(
  sql: string,
  start: number,
  from: number,
  quote: string,
  backslashes: boolean,
): number {
  for (let at = from; at < sql.length; at += 1) {
    if (backslashes && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  throw new Error(`line ${lineOf(sql, start)}: this quote is not closed`);
}

/** `::` and `:=` are operators, not parameters. */
function castEnd(sql: string, at: number): number | undefined {
  return sql.startsWith('::', at) || sql.startsWith(':=', at) ? at + 2 : undefined;
}

/** A whole word, so that what stands in it (`$1$`, `name'`) begins no quote. */
function wordEnd(sql: string, at: number): number | undefined {
  const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
  word.lastIndex = at;
  return word.test(sql) ? word.lastIndex : undefined;
}

function lineOf(sql: string, at: number): number {
  return sql.slice(0, at).split('\n').length;
}
