/**
 * Takes members out of a JSON object without touching the text of the others: numbers keep their digits,
 * strings their escapes. `text` must be a valid JSON object.
 */
export function withoutMembers(text: string, names: readonly string[]): string {
  const kept: string[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const from = at;
    const nameEnd = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(from, nameEnd));
    const valueAt = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, valueAt);
    if (!names.includes(String(name))) kept.push(text.slice(from, end));
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return `{${kept.join(',')}}`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
}

/** Index behind the string that begins at `from`. */
function skipString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Index behind the value that begins at `from`. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const char = text[at];
    if (char === '"') {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    if (depth === 0 && (char === ',' || char === undefined)) return at;
    at += 1;
  }
}
