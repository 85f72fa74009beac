/** A piece of TypeScript: a name, a string (its text), or a single character of punctuation. */
export interface Token {
  readonly type: 'word' | 'string' | 'mark';
  readonly text: string;
  /** 1 for the first. */
  readonly line: number;
}

/** A module that a piece of source names, in whatever way. */
export interface ModuleUse {
  readonly specifier: string;
  readonly line: number;
  readonly how: 'import' | 'side-effect' | 'dynamic' | 'url';
}

/**
 * Splits TypeScript into tokens, without comments, white space, numbers and regular expressions. Enough to
 * see what a file imports and calls, whether for its values or for its types alone; a compiler's output
 * no longer shows the latter.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** Depth of braces inside each open `${`. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;

  const skipTo = (end: number): void => {
    line += source.slice(at, end).split('\n').length - 1;
    at = end;
  };
  const add = (type: Token['type'], text: string, end: number): void => {
    tokens.push({ type, text, line });
    skipTo(end);
  };
  const readTemplate = (from: number, isWhole: boolean): void => {
    let end = from;
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1;
    }
    if (source[end] === '`') {
      // What stands behind a `${…}` is the end of a text, and no module name either.
      if (isWhole) add('string', source.slice(from, end), end + 1);
      else add('mark', '`', end + 1);
    } else {
      // Text with something in it is no module name.
      add('mark', '`', end + 2);
      templates.push(0);
    }
  };

  while (at < source.length) {
    const char = source[at] as string;
    const rest = source.slice(at, at + 2);
    if (rest === '//') skipTo(indexOr(source, '\n', at));
    else if (rest === '/*') skipTo(indexOr(source, '*/', at + 2) + 2);
    else if (/\s/.test(char)) skipTo(at + 1);
    else if (char === '"' || char === "'") {
      let end = at + 1;
      while (end < source.length && source[end] !== char) end += source[end] === '\\' ? 2 : 1;
      add('string', source.slice(at + 1, end), end + 1);
    } else if (char === '`') readTemplate(at + 1, true);
    else if (/[A-Za-z_$#]/.test(char)) {
      const word = /^[\w$#]+/.exec(source.slice(at))?.[0] ?? char;
      add('word', word, at + word.length);
    } else if (/\d/.test(char)) {
      skipTo(at + (/^[\w.]+/.exec(source.slice(at))?.[0].length ?? 1));
      tokens.push({ type: 'mark', text: '0', line });
    } else if (char === '/' && beginsExpression(tokens.at(-1))) {
      skipTo(endOfRegExp(source, at));
      tokens.push({ type: 'mark', text: '/', line });
    } else {
      const open = templates.length - 1;
      if (char === '{' && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
      if (char === '}' && open >= 0) {
        if (templates[open] === 0) {
          templates.pop();
          readTemplate(at + 1, false);
          continue;
        }
        templates[open] = (templates[open] ?? 0) - 1;
      }
      add('mark', char, at + 1);
    }
  }
  return tokens;
}

/** Every module a file names: imports and exports of values and types, dynamic ones, and `new URL('./x.ts', import.meta.url)`. */
export function moduleUses(tokens: readonly Token[]): ModuleUse[] {
  const uses: ModuleUse[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (token.type !== 'string') return;
    const use = (how: ModuleUse['how']): void => {
      uses.push({ specifier: token.text, line: token.line, how });
    };
    if (isWord(before, 'from')) use('import');
    else if (isWord(before, 'import')) use('side-effect');
    else if (isMark(before, '(')) {
      const called = tokens[index - 2];
      if (isWord(called, 'import') || isWord(called, 'require')) use('dynamic');
      const isModule = /^\.{1,2}\/.*\.m?[jt]s$/.test(token.text);
      if (isWord(called, 'URL') && isModule) use('url');
    }
  });
  return uses;
}

/** Lines with a dynamic import of something worked out at run time. */
export function computedImports(tokens: readonly Token[]): number[] {
  return tokens.flatMap((token, index) =>
    isWord(token, 'import') &&
    isMark(tokens[index + 1], '(') &&
    tokens[index + 2]?.type !== 'string'
      ? [token.line]
      : [],
  );
}

/** Lines where these tokens follow each other; a string stands for any string. */
export function linesWith(tokens: readonly Token[], sequence: readonly string[]): number[] {
  return tokens.flatMap((token, index) =>
    sequence.every((text, offset) => {
      const found = tokens[index + offset];
      return found !== undefined && found.type !== 'string' && found.text === text;
    })
      ? [token.line]
      : [],
  );
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.type === 'word' && token.text === text;
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.type === 'mark' && token.text === text;
}

/** Whether a slash after this token begins a regular expression rather than dividing. */
function beginsExpression(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.type === 'word') return /^(return|typeof|case|in|of|await|yield)$/.test(before.text);
  return before.type === 'mark' && !/[)\]}0/]/.test(before.text);
}

function endOfRegExp(source: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  while (at < source.length && (inClass || source[at] !== '/')) {
    if (source[at] === '[') inClass = true;
    if (source[at] === ']') inClass = false;
    at += source[at] === '\\' ? 2 : 1;
  }
  return at + (/^\/[a-z]*/.exec(source.slice(at))?.[0].length ?? 1);
}

function indexOr(source: string, text: string, from: number): number {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
}
