import { countCodePoints } from './ids.ts';
import { JsonPathScanner } from './json-path-scanner.ts';
import {
  type ComparisonOperator,
  type Condition,
  JSON_PATH_LIMITS,
  type JsonPathQuery,
  type Operand,
  type Segment,
  type Selector,
} from './json-path-syntax.ts';

/** Longer ones first, so that `<=` is not read as `<`. */
const OPERATORS: readonly ComparisonOperator[] = ['==', '!=', '<=', '>=', '<', '>'];

/** What stands at one place of a filter, before it is known what is wanted there. */
type Term =
  | { readonly is: 'operand'; readonly operand: Operand }
  | { readonly is: 'query'; readonly query: JsonPathQuery }
  | { readonly is: 'condition'; readonly condition: Condition };

/** Parses a path by RFC 9535, with its rules of well-typedness (§2.4.3). Errors: `JsonPathError`. */
export function parseJsonPath(text: string): JsonPathQuery {
  const scanner = new JsonPathScanner(text);
  const { maxLength } = JSON_PATH_LIMITS;
  if (countCodePoints(text, maxLength) > maxLength) {
    scanner.fail(`a path has at most ${maxLength} characters`, maxLength);
  }
  if (!scanner.takes('$')) scanner.fail('a path begins with "$"');
  const query = new Parser(scanner).query('root');
  if (!scanner.ended) scanner.fail('a segment such as ".name", "[0]" or "..name" is expected');
  return query;
}

class Parser {
  readonly #scanner: JsonPathScanner;
  #depth = 0;
  #segments = 0;

  constructor(scanner: JsonPathScanner) {
    this.#scanner = scanner;
  }

  /** The segments behind `$` or `@`. */
  query(from: JsonPathQuery['from']): JsonPathQuery {
    const scanner = this.#scanner;
    const segments: Segment[] = [];
    for (;;) {
      const before = scanner.at;
      scanner.skipSpace();
      const segment = this.#segment();
      if (segment === undefined) {
        scanner.at = before;
        return { from, segments };
      }
      if (++this.#segments > JSON_PATH_LIMITS.maxSegments) {
        scanner.fail(`a path has at most ${JSON_PATH_LIMITS.maxSegments} segments`, before);
      }
      segments.push(segment);
    }
  }

  #segment(): Segment | undefined {
    const scanner = this.#scanner;
    const descendant = scanner.takes('..');
    if (scanner.sees('[')) return { descendant, selectors: this.#bracketed() };
    if (!descendant && !scanner.takes('.')) return undefined;
    if (scanner.takes('*')) return { descendant, selectors: [{ type: 'wildcard' }] };
    return { descendant, selectors: [{ type: 'name', name: scanner.name() }] };
  }

  #bracketed(): readonly Selector[] {
    const scanner = this.#scanner;
    const selectors: Selector[] = [];
    scanner.demand('[');
    do {
      scanner.skipSpace();
      selectors.push(this.#selector());
      scanner.skipSpace();
    } while (scanner.takes(','));
    if (!scanner.takes(']')) scanner.fail('"," or "]" is expected');
    return selectors;
  }

  #selector(): Selector {
    const scanner = this.#scanner;
    if (scanner.takes('*')) return { type: 'wildcard' };
    if (scanner.sees('"') || scanner.sees("'")) return { type: 'name', name: scanner.string() };
    if (scanner.takes('?')) {
      scanner.skipSpace();
      return { type: 'filter', where: this.#deeper(() => this.#or()) };
    }
    const start = scanner.integer();
    const behind = scanner.at;
    scanner.skipSpace();
    if (scanner.takes(':')) return this.#slice(start);
    scanner.at = behind;
    if (start === undefined) {
      return scanner.fail('an index, a slice, a quoted name, "*" or "?" is expected');
    }
    return { type: 'index', index: start };
  }

  /** Behind the first colon. */
  #slice(start: number | undefined): Selector {
    const scanner = this.#scanner;
    scanner.skipSpace();
    const end = scanner.integer();
    const behind = scanner.at;
    scanner.skipSpace();
    if (!scanner.takes(':')) {
      scanner.at = behind;
      return { type: 'slice', start, end, step: 1 };
    }
    scanner.skipSpace();
    return { type: 'slice', start, end, step: scanner.integer() ?? 1 };
  }

  #or(): Condition {
    return this.#chain('or', '||', () => this.#chain('and', '&&', () => this.#basic()));
  }

  #chain(type: 'or' | 'and', token: string, term: () => Condition): Condition {
    const scanner = this.#scanner;
    const terms = [term()];
    for (;;) {
      const before = scanner.at;
      scanner.skipSpace();
      if (!scanner.takes(token)) {
        scanner.at = before;
        return terms.length === 1 ? (terms[0] as Condition) : { type, terms };
      }
      scanner.skipSpace();
      terms.push(term());
    }
  }

  #basic(): Condition {
    const scanner = this.#scanner;
    if (scanner.sees('!') && !scanner.sees('!=')) {
      scanner.at++;
      scanner.skipSpace();
      const term = scanner.sees('(') ? this.#parenthesis() : this.#test(scanner.at, this.#term());
      return { type: 'not', term };
    }
    if (scanner.sees('(')) return this.#parenthesis();
    const start = scanner.at;
    const left = this.#term();
    const behind = scanner.at;
    scanner.skipSpace();
    const op = OPERATORS.find((operator) => scanner.takes(operator));
    if (op === undefined) {
      scanner.at = behind;
      return this.#test(start, left);
    }
    scanner.skipSpace();
    const second = scanner.at;
    return {
      type: 'compare',
      op,
      left: this.#operand(start, left),
      right: this.#operand(second, this.#term()),
    };
  }

  #parenthesis(): Condition {
    const scanner = this.#scanner;
    scanner.demand('(');
    scanner.skipSpace();
    const condition = this.#deeper(() => this.#or());
    scanner.skipSpace();
    scanner.demand(')');
    return condition;
  }

  /** A term where a test stands. */
  #test(start: number, term: Term): Condition {
    if (term.is === 'condition') return term.condition;
    if (term.is === 'query') return { type: 'exists', query: term.query };
    return this.#scanner.fail('this is a value, which needs a comparison', start);
  }

  /** A term where one value is wanted. */
  #operand(start: number, term: Term): Operand {
    if (term.is === 'operand') return term.operand;
    if (term.is === 'query') {
      if (isSingular(term.query)) return { type: 'query', query: term.query };
      return this.#scanner.fail(
        'only names and indexes may stand here: one value is asked for',
        start,
      );
    }
    return this.#scanner.fail('this is true or false and cannot be compared', start);
  }

  #term(): Term {
    const scanner = this.#scanner;
    if (scanner.takes('@')) return { is: 'query', query: this.query('current') };
    if (scanner.takes('$')) return { is: 'query', query: this.query('root') };
    const literal = scanner.literal();
    if (literal) return { is: 'operand', operand: { type: 'literal', ...literal } };
    const start = scanner.at;
    const name = scanner.functionName();
    if (name !== undefined) return this.#deeper(() => this.#call(name, start));
    return scanner.fail('a path from "@" or "$", a literal or a function is expected');
  }

  #call(name: string, start: number): Term {
    switch (name) {
      case 'length': {
        const [of] = this.#arguments(1, (at) => this.#operand(at, this.#term()));
        return { is: 'operand', operand: { type: 'length', of: of as Operand } };
      }
      case 'count':
      case 'value': {
        const [query] = this.#arguments(1, (at) => this.#nodes(at));
        return { is: 'operand', operand: { type: name, query: query as JsonPathQuery } };
      }
      case 'match':
      case 'search': {
        const [text, pattern] = this.#arguments(2, (at) => this.#operand(at, this.#term()));
        return {
          is: 'condition',
          condition: {
            type: 'regexp',
            whole: name === 'match',
            text: text as Operand,
            pattern: pattern as Operand,
          },
        };
      }
      default:
        return this.#scanner.fail('the functions are length, count, value, match, search', start);
    }
  }

  #nodes(start: number): JsonPathQuery {
    const term = this.#term();
    return term.is === 'query' ? term.query : this.#scanner.fail('a path is expected', start);
  }

  #arguments<T>(count: number, read: (start: number) => T): T[] {
    const scanner = this.#scanner;
    const found: T[] = [];
    scanner.demand('(');
    for (let index = 0; index < count; index++) {
      scanner.skipSpace();
      if (index > 0) {
        scanner.demand(',');
        scanner.skipSpace();
      }
      found.push(read(scanner.at));
    }
    scanner.skipSpace();
    scanner.demand(')');
    return found;
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > JSON_PATH_LIMITS.maxDepth) {
      this.#scanner.fail(`filters nest at most ${JSON_PATH_LIMITS.maxDepth} deep`);
    }
    const value = read();
    this.#depth--;
    return value;
  }
}

/** Whether a query yields one node at most, whatever it is asked of. */
export function isSingular({ segments }: JsonPathQuery): boolean {
  return segments.every(({ descendant, selectors: [first, ...rest] }) => {
    return !descendant && rest.length === 0 && (first?.type === 'name' || first?.type === 'index');
  });
}
