/** Called with the offset of a fault and what is wrong there; never returns. */
export type Fail = (position: number, detail: string) => never;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX4 = /[0-9A-Fa-f]{4}/y;
const SIMPLE_ESCAPES: ReadonlySet<string> = new Set('"\\/bfnrt');

/** The offset of the first character from `at` on that is no JSON white space. */
export function skipSpace(text: string, at: number): number {
  let position = at;
  for (;;) {
    const code = text.charCodeAt(position);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return position;
    position++;
  }
}

/** The offset behind the string whose opening quote is at `at`. */
export function stringEnd(text: string, at: number, fail: Fail): number {
  let position = at + 1;
  for (;;) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) return position + 1;
    if (code === BACKSLASH) position = escapeEnd(text, position, fail);
    // NaN, which charCodeAt gives past the end, fails this comparison too.
    else if (code >= 0x20) position++;
    else if (position >= text.length) return fail(text.length, 'the string is not closed');
    else return fail(position, 'a control character must be escaped in a string');
  }
}

function escapeEnd(text: string, at: number, fail: Fail): number {
  if (at + 1 >= text.length) return fail(text.length, 'the string is not closed');
  const letter = text.charAt(at + 1);
  if (SIMPLE_ESCAPES.has(letter)) return at + 2;
  HEX4.lastIndex = at + 2;
  if (letter === 'u' && HEX4.test(text)) return at + 6;
  return fail(at, 'this escape is not one of JSON');
}

/** The offset behind the string, number, true, false or null at `at`. */
export function scalarEnd(text: string, at: number, fail: Fail): number {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at, fail);
  NUMBER.lastIndex = at;
  if (NUMBER.test(text)) return NUMBER.lastIndex;
  for (const word of ['true', 'false', 'null']) {
    if (text.startsWith(word, at)) return at + word.length;
  }
  return fail(at, at >= text.length ? 'the text ends where a value is expected' : 'no JSON value');
}

/**
 * Reads the name of a member and its colon; gives the offsets of the name (with its quotes) and of what
 * follows the colon.
 */
export function readName(
  text: string,
  at: number,
  fail: Fail,
): { readonly start: number; readonly end: number; readonly next: number } {
  const start = skipSpace(text, at);
  if (text.charCodeAt(start) !== QUOTE) return fail(start, 'expected a member name in quotes');
  const end = stringEnd(text, start, fail);
  const colon = skipSpace(text, end);
  if (text.charCodeAt(colon) !== COLON) return fail(colon, 'expected ":" behind a member name');
  return { start, end, next: colon + 1 };
}

/**
 * Finds the end of the value at `at`, checking all of it against RFC 8259, in one forward pass with no
 * recursion and no copies. `deepAt` is the first `{` or `[` past `maxDepth` levels, if there is one.
 */
export function skipValue(
  text: string,
  at: number,
  maxDepth: number,
  fail: Fail,
): { readonly end: number; readonly deepAt: number | undefined } {
  const closers: number[] = [];
  let deepAt: number | undefined;
  let position = at;
  for (;;) {
    position = skipSpace(text, position);
    const code = text.charCodeAt(position);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const closer = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      closers.push(closer);
      if (closers.length > maxDepth) deepAt ??= position;
      const inside = skipSpace(text, position + 1);
      if (text.charCodeAt(inside) !== closer) {
        position = code === OPEN_OBJECT ? readName(text, inside, fail).next : inside;
        continue;
      }
      // An empty container closes at once, in the loop below.
      position = inside;
    } else {
      position = scalarEnd(text, position, fail);
      if (closers.length === 0) return { end: position, deepAt };
      position = skipSpace(text, position);
    }
    for (;;) {
      const closer = closers.at(-1);
      const next = text.charCodeAt(position);
      if (next === COMMA) {
        position = closer === CLOSE_OBJECT ? readName(text, position + 1, fail).next : position + 1;
        break;
      }
      if (next !== closer) return failBetween(position, closer === CLOSE_OBJECT, fail);
      closers.pop();
      position++;
      if (closers.length === 0) return { end: position, deepAt };
      position = skipSpace(text, position);
    }
  }
}

/** What is wrong between two members or elements. */
export function failBetween(position: number, inObject: boolean, fail: Fail): never {
  return fail(position, inObject ? 'expected "," or "}"' : 'expected "," or "]"');
}
