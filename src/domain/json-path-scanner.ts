import { JsonPathError } from './json-path-syntax.ts';

const NAME = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const FUNCTION_NAME = /[a-z][a-z0-9_]*(?=\()/y;
const INTEGER = /-?\d+/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
};

/** Walks over the text of a path and reads its terminals: RFC 9535 appendix A. Errors: `JsonPathError`. */
export class JsonPathScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  fail(message: string, position = this.at): never {
    throw new JsonPathError(position, message);
  }

  sees(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Steps over `token` if it stands here. */
  takes(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  demand(token: string): void {
    if (!this.takes(token)) this.fail(`${JSON.stringify(token)} is expected`);
  }

  skipSpace(): void {
    this.#match(SPACE);
  }

  /** A name as it stands behind a dot. */
  name(): string {
    const name = this.#match(NAME);
    if (name === undefined) this.fail('a name, "*" or "[" is expected');
    if (!name.isWellFormed())
      this.fail('half of a surrogate pair is no name', this.at - name.length);
    return name;
  }

  /** The name of a function, when one is called here; stands before its parenthesis then. */
  functionName(): string | undefined {
    return this.#match(FUNCTION_NAME);
  }

  /** A whole number as an index or a bound; undefined when none stands here. */
  integer(): number | undefined {
    const start = this.at;
    const digits = this.#match(INTEGER);
    if (digits === undefined) return undefined;
    const value = Number(digits);
    if (/^-?0\d|^-0/.test(digits)) this.fail('the number begins with a zero too many', start);
    if (!Number.isSafeInteger(value)) this.fail('the number is beyond 2^53 - 1', start);
    return value;
  }

  /** A literal of a comparison; undefined when none stands here. */
  literal(): { readonly value: string | number | boolean | null } | undefined {
    const next = this.text.charAt(this.at);
    if (next === '"' || next === "'") return { value: this.string() };
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      if (/[\w.]/.test(this.text.charAt(this.at))) this.fail('the number is malformed');
      return { value: Number(number) };
    }
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.sees(word) && !/[\w\u0080-\uffff(]/.test(this.text.charAt(this.at + word.length))) {
        this.at += word.length;
        return { value };
      }
    }
    return undefined;
  }

  /** A quoted string. */
  string(): string {
    const start = this.at;
    const quote = this.text.charAt(start);
    let value = '';
    for (this.at++; ; ) {
      const character = this.text.charAt(this.at);
      if (character === '') this.fail('the string does not end', start);
      if (character === quote) break;
      if (character < ' ') this.fail('a control character needs an escape here');
      this.at++;
      value += character === '\\' ? this.#escape(quote) : character;
    }
    this.at++;
    // Each escape was whole, so what is left are halves that stand in the text itself.
    if (!value.isWellFormed()) this.fail('the string has half of a surrogate pair', start);
    return value;
  }

  #escape(quote: string): string {
    const at = this.at - 1;
    const character = this.text.charAt(this.at++);
    if (character === quote) return quote;
    const plain = ESCAPES[character];
    if (plain !== undefined) return plain;
    if (character !== 'u') this.fail('there is no such escape', at);
    const unit = this.#hex(at);
    if (unit >= 0xdc00 && unit <= 0xdfff) this.fail('half of a surrogate pair stands alone', at);
    if (unit < 0xd800 || unit > 0xdbff) return String.fromCharCode(unit);
    if (!this.takes('\\u')) this.fail('half of a surrogate pair stands alone', at);
    const second = this.#hex(at);
    if (second < 0xdc00 || second > 0xdfff) this.fail('half of a surrogate pair stands alone', at);
    return String.fromCharCode(unit, second);
  }

  #hex(at: number): number {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.fail('four hexadecimal digits are expected', at);
    this.at += 4;
    return Number.parseInt(digits, 16);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
