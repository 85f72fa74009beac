import type { StepBudget } from './step-budget.ts';

/** Longest pattern and largest program; a longer one counts as no pattern, which matches nothing. */
const MAX_PATTERN_LENGTH = 1_000;
const MAX_INSTRUCTIONS = 2_000;
const MAX_DEPTH = 32;

type Accepts = (character: string) => boolean;

/** One step of a program: take a character, be at an end of the text, go two ways, or have matched. */
type Instruction =
  | { readonly op: 'take'; readonly accepts: Accepts }
  | { readonly op: 'start' | 'end' }
  | { readonly op: 'fork'; readonly targets: readonly [number, number] }
  | { readonly op: 'match' };

/** A piece of a pattern, which adds its instructions to a program. */
type Piece =
  | { readonly type: 'one'; readonly accepts: Accepts }
  | { readonly type: 'anchor'; readonly at: 'start' | 'end' }
  | { readonly type: 'all'; readonly pieces: readonly Piece[] }
  | { readonly type: 'any'; readonly branches: readonly Piece[] }
  | {
      readonly type: 'repeat';
      readonly piece: Piece;
      readonly least: number;
      readonly most: number;
    };

class NotIRegexp extends Error {}

/**
 * A pattern of RFC 9485. It is run as all of its ways at once, so that the time of a match is the length
 * of the text times that of the pattern, whatever both are; a backtracking engine takes exponential time
 * for `(a|a)*b`.
 */
export class IRegexp {
  readonly #program: readonly Instruction[];

  private constructor(program: readonly Instruction[]) {
    this.#program = program;
  }

  /** Undefined when the text is no such pattern, or too long a one. */
  static parse(pattern: string): IRegexp | undefined {
    if (pattern.length > MAX_PATTERN_LENGTH || !pattern.isWellFormed()) return undefined;
    try {
      return new IRegexp(new Compiler().compile(new PatternParser([...pattern]).pattern()));
    } catch (error) {
      if (error instanceof NotIRegexp) return undefined;
      throw error;
    }
  }

  /** Whether the whole text matches, or with `whole` false a part of it. Each step is taken from `budget`. */
  test(text: string, whole: boolean, budget: StepBudget): boolean {
    let threads = new Set<number>();
    let at = 0;
    this.#add(threads, 0, at, text.length);
    for (const character of text) {
      budget.spend(1 + threads.size);
      if (!whole && threads.has(this.#program.length - 1)) return true;
      const next = new Set<number>();
      at += character.length;
      for (const place of threads) {
        const instruction = this.#program[place];
        if (instruction?.op === 'take' && instruction.accepts(character)) {
          this.#add(next, place + 1, at, text.length);
        }
      }
      if (!whole) this.#add(next, 0, at, text.length);
      else if (next.size === 0) return false;
      threads = next;
    }
    return threads.has(this.#program.length - 1);
  }

  /** Adds a place of the program and all that are reached from it without a character. */
  #add(threads: Set<number>, start: number, at: number, end: number): void {
    const open = [start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (threads.has(place)) continue;
      threads.add(place);
      const instruction = this.#program[place];
      if (instruction?.op === 'fork') open.push(...instruction.targets);
      else if (instruction?.op === 'start' && at === 0) open.push(place + 1);
      else if (instruction?.op === 'end' && at === end) open.push(place + 1);
    }
  }
}

/** Lays out a pattern as a program. */
class Compiler {
  readonly #program: Instruction[] = [];
  #pieces = 0;

  compile(piece: Piece): readonly Instruction[] {
    this.#emit(piece);
    this.#program.push({ op: 'match' });
    return this.#program;
  }

  #emit(piece: Piece): void {
    // Pieces are counted too: those that are empty, repeated over and over, add no instruction.
    if (++this.#pieces > MAX_INSTRUCTIONS || this.#program.length > MAX_INSTRUCTIONS) {
      throw new NotIRegexp();
    }
    switch (piece.type) {
      case 'one':
        this.#program.push({ op: 'take', accepts: piece.accepts });
        return;
      case 'anchor':
        this.#program.push({ op: piece.at });
        return;
      case 'all':
        for (const inner of piece.pieces) this.#emit(inner);
        return;
      case 'any':
        this.#branches(piece.branches);
        return;
      case 'repeat':
        for (let count = 0; count < piece.least; count++) this.#emit(piece.piece);
        if (piece.most === Number.POSITIVE_INFINITY) this.#loop(piece.piece);
        else this.#optional(piece.piece, piece.most - piece.least);
    }
  }

  #branches(branches: readonly Piece[]): void {
    const ends: number[] = [];
    branches.forEach((branch, index) => {
      const last = index === branches.length - 1;
      const fork = last ? undefined : this.#reserve();
      this.#emit(branch);
      if (fork === undefined) return;
      ends.push(this.#reserve());
      this.#fork(fork, fork + 1, this.#program.length);
    });
    for (const end of ends) this.#fork(end, this.#program.length, this.#program.length);
  }

  #loop(piece: Piece): void {
    const fork = this.#reserve();
    this.#emit(piece);
    this.#fork(this.#reserve(), fork, fork);
    this.#fork(fork, fork + 1, this.#program.length);
  }

  #optional(piece: Piece, times: number): void {
    const forks: number[] = [];
    for (let count = 0; count < times; count++) {
      forks.push(this.#reserve());
      this.#emit(piece);
    }
    for (const fork of forks) this.#fork(fork, fork + 1, this.#program.length);
  }

  /** A place for a fork whose targets are not known yet. */
  #reserve(): number {
    return this.#program.push({ op: 'match' }) - 1;
  }

  #fork(at: number, first: number, second: number): void {
    this.#program[at] = { op: 'fork', targets: [first, second] };
  }
}

const SPECIAL = '()*+.?[\\]{|}';
const SINGLE_ESCAPES = '()*+-.?[\\]^{|}';
const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const CATEGORY = /^(L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|Z[lps]?|S[ckmo]?|C[cfno]?)$/;

/** Reads a pattern, one code point at a time. */
class PatternParser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  pattern(): Piece {
    const piece = this.#branches();
    if (this.#at < this.#characters.length) throw new NotIRegexp();
    return piece;
  }

  #branches(): Piece {
    if (++this.#depth > MAX_DEPTH) throw new NotIRegexp();
    const branches: Piece[] = [];
    do {
      const pieces: Piece[] = [];
      while (this.#peek() !== undefined && this.#peek() !== '|' && this.#peek() !== ')') {
        pieces.push(this.#quantified(this.#atom()));
      }
      branches.push({ type: 'all', pieces });
    } while (this.#takes('|'));
    this.#depth--;
    return { type: 'any', branches };
  }

  #atom(): Piece {
    const character = this.#next();
    if (character === '(') {
      const inner = this.#branches();
      if (!this.#takes(')')) throw new NotIRegexp();
      return inner;
    }
    if (character === '[') return { type: 'one', accepts: this.#class() };
    if (character === '.') return { type: 'one', accepts: (one) => one !== '\n' && one !== '\r' };
    if (character === '\\') return { type: 'one', accepts: this.#escape() };
    // Plain characters by the grammar, anchors by the compliance tests of JSONPath and every engine in use.
    if (character === '^') return { type: 'anchor', at: 'start' };
    if (character === '$') return { type: 'anchor', at: 'end' };
    if (SPECIAL.includes(character)) throw new NotIRegexp();
    return { type: 'one', accepts: (one) => one === character };
  }

  #quantified(piece: Piece): Piece {
    if (this.#takes('*')) return repeat(piece, 0, Number.POSITIVE_INFINITY);
    if (this.#takes('+')) return repeat(piece, 1, Number.POSITIVE_INFINITY);
    if (this.#takes('?')) return repeat(piece, 0, 1);
    if (!this.#takes('{')) return piece;
    const least = this.#count();
    if (least === undefined) throw new NotIRegexp();
    let most: number | undefined = least;
    if (this.#takes(',')) most = this.#count() ?? Number.POSITIVE_INFINITY;
    if (!this.#takes('}') || most < least) throw new NotIRegexp();
    return repeat(piece, least, most);
  }

  #count(): number | undefined {
    let digits = '';
    while (/^\d$/.test(this.#peek() ?? '')) digits += this.#next();
    if (Number(digits) > MAX_INSTRUCTIONS) throw new NotIRegexp();
    return digits === '' ? undefined : Number(digits);
  }

  /** Behind a backslash. */
  #escape(): Accepts {
    const category = this.#category();
    if (category) return category;
    const character = this.#escaped();
    return (one) => one === character;
  }

  #escaped(): string {
    const character = this.#next();
    const control = CONTROL_ESCAPES[character];
    if (control !== undefined) return control;
    if (!SINGLE_ESCAPES.includes(character)) throw new NotIRegexp();
    return character;
  }

  /** `p{…}` or `P{…}` behind a backslash. */
  #category(): Accepts | undefined {
    const type = this.#peek();
    if (type !== 'p' && type !== 'P') return undefined;
    this.#at++;
    if (!this.#takes('{')) throw new NotIRegexp();
    let name = '';
    while (/^[A-Za-z]$/.test(this.#peek() ?? '')) name += this.#next();
    if (!this.#takes('}') || !CATEGORY.test(name)) throw new NotIRegexp();
    const pattern = new RegExp(`^\\${type}{${name}}$`, 'u');
    return (one) => pattern.test(one);
  }

  /** Behind the opening bracket. */
  #class(): Accepts {
    const negated = this.#takes('^');
    const parts: Accepts[] = [];
    if (this.#takes('-')) parts.push((one) => one === '-');
    while (!this.#takes(']')) {
      // A dash that is no range may stand at either end only.
      if (this.#takes('-')) {
        if (!this.#takes(']')) throw new NotIRegexp();
        parts.push((one) => one === '-');
        break;
      }
      parts.push(this.#classPart());
    }
    if (parts.length === 0) throw new NotIRegexp();
    return (one) => parts.some((accepts) => accepts(one)) !== negated;
  }

  #classPart(): Accepts {
    if (this.#takes('\\')) {
      const category = this.#category();
      if (category) return category;
      return this.#range(this.#escaped());
    }
    return this.#range(this.#classCharacter());
  }

  #classCharacter(): string {
    const character = this.#next();
    if (character === '[' || character === ']') throw new NotIRegexp();
    return character;
  }

  #range(first: string): Accepts {
    if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') {
      return (one) => one === first;
    }
    this.#at++;
    const last = this.#takes('\\') ? this.#escaped() : this.#classCharacter();
    const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
    if (to < from || last === '-') throw new NotIRegexp();
    return (one) => {
      const point = one.codePointAt(0) ?? -1;
      return point >= from && point <= to;
    };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new NotIRegexp();
    return character;
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

function repeat(piece: Piece, least: number, most: number): Piece {
  return { type: 'repeat', piece, least, most };
}
