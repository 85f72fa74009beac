import { type InputFault, invalid } from './errors.ts';
import { failBetween, readName, scalarEnd, skipSpace, skipValue } from './json-scanner.ts';
import { JsonText } from './json-text.ts';

/** Deepest nesting taken: of a raw member, counted from itself, and of everything around raw members. */
export const JSON_LIMITS = { maxRawDepth: 64, maxDepth: 64, maxFaults: 1_000 } as const;

/** A JSON value as read: objects have no prototype, raw members are `JsonText`. */
export type JsonTree =
  | null
  | boolean
  | number
  | string
  | JsonText
  | readonly JsonTree[]
  | { readonly [name: string]: JsonTree };

export interface ReadJsonOptions {
  /** Paths of values that stay text; `*` stands for any member or element: `['items', '*', 'output']`. */
  readonly raw?: readonly (readonly string[])[];
  /** Levels of `{` and `[` allowed in a raw value, itself included. */
  readonly maxRawDepth?: number;
  /** Levels allowed outside raw values. The reader recurses that deep: keep it below a thousand. */
  readonly maxDepth?: number;
  /** Gives every number outside raw values as the `JsonText` of its digits. */
  readonly exactNumbers?: boolean;
  /** `last` lets the last of several members of one name count, as `JSON.parse` does. */
  readonly duplicates?: 'refuse' | 'last';
  /** Where the text itself stands; pointers of faults begin with it. */
  readonly pointer?: string;
  /** Faults that are told of each value at this depth, of so many values at the most: what else is wrong with one is its own affair. */
  readonly faultsOfEach?: {
    readonly depth: number;
    readonly told: number;
    readonly values: number;
  };
}

/**
 * Reads JSON text, strictly by RFC 8259, keeping chosen values as the text they came as.
 * Errors: `invalid` whose faults hold pointer and position (the detail says line and column): code
 * `invalid_json` (also the reason), `duplicate_member`, `too_deep`, `number_out_of_range`.
 */
export function readJson(text: string, options: ReadJsonOptions = {}): JsonTree {
  const { value, faults } = scanJson(text, options);
  const first = faults[0];
  if (first) throw invalid('json.read', first.detail, faults);
  return value;
}

/**
 * Like `readJson`, but gives faults that leave the rest readable beside the value, in reading order, so
 * that a batch can lay each on its item by its pointer; throws only where the text is no JSON, or holds
 * more than a thousand faults, or more than `faultsOfEach` lets in. What is too deep outside raw values, or no finite number, is null.
 */
export function scanJson(
  text: string,
  options: ReadJsonOptions = {},
): { readonly value: JsonTree; readonly faults: readonly InputFault[] } {
  const reader = new JsonReader(text, options);
  return { value: reader.document(), faults: reader.faults };
}

/** Names are cut at this length where faults tell of them: a hostile name is as long as its body. */
const MAX_TOLD_NAME = 256;

/** One segment of a JSON pointer, escaped; names past 256 characters are cut. */
export function pointerSegment(name: string | number): string {
  return `/${cut(String(name)).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function cut(name: string): string {
  return name.length > MAX_TOLD_NAME ? `${name.slice(0, MAX_TOLD_NAME)}…` : name;
}

interface RawPattern {
  raw: boolean;
  readonly members: Map<string, RawPattern>;
}

class JsonReader {
  readonly faults: InputFault[] = [];
  readonly #text: string;
  readonly #options: ReadJsonOptions;
  readonly #maxDepth: number;
  readonly #path: (string | number)[] = [];
  /** The value at the depth of `faultsOfEach` that the last fault was in, and how many it has. */
  #faulty = '';
  #toldOf = 0;
  #at = 0;
  #line = 0;
  #lineStart = 0;
  #lineEnd = -1;

  constructor(text: string, options: ReadJsonOptions) {
    this.#text = text;
    this.#options = options;
    this.#maxDepth = options.maxDepth ?? JSON_LIMITS.maxDepth;
  }

  document(): JsonTree {
    const value = this.#value([compile(this.#options.raw ?? [])], 1);
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#at < this.#text.length) this.#fail(this.#at, 'the text goes on behind the value');
    return value;
  }

  #value(patterns: readonly RawPattern[], depth: number): JsonTree {
    this.#at = skipSpace(this.#text, this.#at);
    if (patterns.some(({ raw }) => raw)) return this.#raw();
    const opening = this.#text.charAt(this.#at);
    if (opening !== '{' && opening !== '[') return this.#scalar(opening);
    if (depth > this.#maxDepth) {
      this.#tooDeep(this.#at, this.#maxDepth);
      this.#at = skipValue(this.#text, this.#at, Number.POSITIVE_INFINITY, this.#fail).end;
      return null;
    }
    return opening === '{' ? this.#object(patterns, depth) : this.#array(patterns, depth);
  }

  #raw(): JsonText {
    const start = this.#at;
    const maxDepth = this.#options.maxRawDepth ?? JSON_LIMITS.maxRawDepth;
    const { end, deepAt } = skipValue(this.#text, start, maxDepth, this.#fail);
    if (deepAt !== undefined) this.#tooDeep(deepAt, maxDepth);
    this.#at = end;
    return new JsonText(this.#text.slice(start, end));
  }

  #object(patterns: readonly RawPattern[], depth: number): JsonTree {
    const object: Record<string, JsonTree> = Object.create(null);
    if (this.#closes('}')) return object;
    do {
      const { start, end, next } = readName(this.#text, this.#at + 1, this.#fail);
      const name = this.#string(start, end);
      this.#path.push(name);
      if (name in object && this.#options.duplicates !== 'last') {
        this.#fault(start, 'duplicate_member', `${JSON.stringify(cut(name))} is given twice`);
      }
      this.#at = next;
      object[name] = this.#value(inside(patterns, name), depth + 1);
      this.#path.pop();
    } while (this.#goesOn('}'));
    return object;
  }

  #array(patterns: readonly RawPattern[], depth: number): JsonTree {
    const array: JsonTree[] = [];
    if (this.#closes(']')) return array;
    do {
      this.#path.push(array.length);
      this.#at++;
      array.push(this.#value(inside(patterns, String(array.length)), depth + 1));
      this.#path.pop();
    } while (this.#goesOn(']'));
    return array;
  }

  /** Whether the container that opens here is empty; if so, steps behind it. */
  #closes(closer: string): boolean {
    const next = skipSpace(this.#text, this.#at + 1);
    if (this.#text.charAt(next) !== closer) return false;
    this.#at = next + 1;
    return true;
  }

  /** Whether a comma follows, on which it then stands; else steps behind the closing bracket. */
  #goesOn(closer: string): boolean {
    this.#at = skipSpace(this.#text, this.#at);
    const next = this.#text.charAt(this.#at);
    if (next === ',') return true;
    if (next !== closer) failBetween(this.#at, closer === '}', this.#fail);
    this.#at++;
    return false;
  }

  #scalar(opening: string): JsonTree {
    const start = this.#at;
    const end = scalarEnd(this.#text, start, this.#fail);
    this.#at = end;
    if (opening === '"') return this.#string(start, end);
    if (opening === 't' || opening === 'f') return opening === 't';
    if (opening === 'n') return null;
    const digits = this.#text.slice(start, end);
    if (this.#options.exactNumbers) return new JsonText(digits);
    const number = Number(digits);
    if (Number.isFinite(number)) return number;
    this.#fault(start, 'number_out_of_range', 'the number is too large');
    return null;
  }

  #string(start: number, end: number): string {
    const content = this.#text.slice(start + 1, end - 1);
    return content.includes('\\') ? JSON.parse(`"${content}"`) : content;
  }

  #tooDeep(position: number, maxDepth: number): void {
    this.#fault(position, 'too_deep', `the value is nested more than ${maxDepth} deep`);
  }

  #fault(position: number, code: string, detail: string): void {
    const each = this.#options.faultsOfEach;
    if (each && this.#path.length >= each.depth && code !== 'invalid_json') {
      const value = this.#path.slice(0, each.depth).join('/');
      this.#toldOf = value === this.#faulty ? this.#toldOf + 1 : 1;
      this.#faulty = value;
      if (this.#toldOf > each.told) return;
    }
    this.faults.push({
      pointer: `${this.#options.pointer ?? ''}${this.#path.map(pointerSegment).join('')}`,
      position,
      code,
      detail: `${detail} (${this.#lineAndColumn(position)})`,
    });
    const most = Math.max(JSON_LIMITS.maxFaults, each ? each.told * each.values : 0);
    if (this.faults.length > most) {
      throw invalid('json.read', 'the text has too many faults', this.faults);
    }
  }

  /** Counts on from the last call: a thousand faults must not mean a thousand passes. */
  #lineAndColumn(position: number): string {
    if (position < this.#lineStart) {
      this.#line = 0;
      this.#lineEnd = -1;
    }
    while (this.#lineEnd < position) {
      this.#line++;
      this.#lineStart = this.#lineEnd + 1;
      const newline = this.#text.indexOf('\n', this.#lineStart);
      this.#lineEnd = newline < 0 ? Number.POSITIVE_INFINITY : newline;
    }
    return `line ${this.#line}, column ${position - this.#lineStart + 1}`;
  }

  readonly #fail = (position: number, detail: string): never => {
    this.#fault(position, 'invalid_json', detail);
    // Where the text is no JSON, what went before it matters less.
    const fault = this.faults.at(-1) as InputFault;
    throw invalid('json.read', fault.detail, [fault], 'invalid_json');
  };
}

function compile(paths: readonly (readonly string[])[]): RawPattern {
  const root: RawPattern = { raw: false, members: new Map() };
  for (const path of paths) {
    let at = root;
    for (const name of path) {
      const member = at.members.get(name) ?? { raw: false, members: new Map() };
      at.members.set(name, member);
      at = member;
    }
    at.raw = true;
  }
  return root;
}

/** The patterns that hold inside the member or element `name`. */
function inside(patterns: readonly RawPattern[], name: string): readonly RawPattern[] {
  if (patterns.length === 0) return patterns;
  return patterns.flatMap(({ members }) => {
    const named = members.get(name);
    const any = name === '*' ? undefined : members.get('*');
    return named && any ? [named, any] : (named ?? any ?? []);
  });
}
