import { invalid } from './errors.ts';
import { type JsonTree, pointerSegment, readJson } from './json-reader.ts';
import { stringEnd } from './json-scanner.ts';
import { JsonText } from './json-text.ts';

/** A string of a JSON document, or the name of a member, that PostgreSQL cannot hold. */
export interface BadText {
  /** Of the string, or of the member that has the name, inside the document. */
  readonly pointer: string;
  readonly code: 'nul' | 'lone_surrogate';
}

const SUSPICIOUS_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/**
 * Finds the first string or member name with a NUL or a lone surrogate in a valid document, duplicate
 * members included. A document without such escapes costs one regular expression and no parsing.
 */
export function findBadText(raw: JsonText): BadText | undefined {
  const { text } = raw;
  if (text.isWellFormed() && !SUSPICIOUS_ESCAPE.test(text)) return undefined;
  // One step per open container: the index of the element, or the member's name (undefined before it is read).
  const path: (number | string | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at, refuse);
      const content: string = JSON.parse(text.slice(at, end));
      if (path.length > 0 && path.at(-1) === undefined) path[path.length - 1] = content;
      const code = badness(content);
      if (code) return { pointer: path.map((step) => pointerSegment(step ?? '')).join(''), code };
      at = end;
      continue;
    }
    if (character === '{') path.push(undefined);
    else if (character === '[') path.push(0);
    else if (character === '}' || character === ']') path.pop();
    else if (character === ',') {
      const last = path.pop();
      path.push(typeof last === 'number' ? last + 1 : undefined);
    }
    at++;
  }
  return undefined;
}

function refuse(position: number, detail: string): never {
  throw invalid('json.check', detail, [{ position, code: 'invalid_json', detail }], 'invalid_json');
}

function badness(text: string): BadText['code'] | undefined {
  if (text.includes('\0')) return 'nul';
  return text.isWellFormed() ? undefined : 'lone_surrogate';
}

/** How deep `{` and `[` nest in a valid document: 0 for a scalar, 1 for `[]`. */
export function jsonDepth(raw: JsonText): number {
  const { text } = raw;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = stringEnd(text, at, refuse) - 1;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** Past this a `JsonText` stands for itself in `canonicalJson`, rather than exhaust the stack. */
const MAX_CANONICAL_DEPTH = 512;

/**
 * One text for every spelling of the same JSON: no white space, members sorted by code unit, escapes
 * normalised. Looks into `JsonText` too, whose numbers keep their digits. Members that are undefined
 * are left out; of members of one name the last counts.
 */
export function canonicalJson(value: unknown): string {
  if (value instanceof JsonText) return canonicalText(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

function canonicalText(raw: JsonText): string {
  if (/^[-\d]/.test(raw.text) || jsonDepth(raw) > MAX_CANONICAL_DEPTH) return raw.text;
  const tree: JsonTree = readJson(raw.text, {
    exactNumbers: true,
    duplicates: 'last',
    maxDepth: MAX_CANONICAL_DEPTH,
  });
  return canonicalJson(tree);
}
