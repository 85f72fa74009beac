import { FILTER_LIMITS, type Operator } from './filter-ast.ts';
import { FilterLexer } from './filter-lexer.ts';
import { isNumberText, parseRelative, parseTimeLiteral } from './filter-literals.ts';
import {
  bareString,
  bareWords,
  correctSpacedTime,
  correctValue,
  unexpectedCharacter,
} from './filter-remedies.ts';
import {
  type FieldName,
  offsetPastBytes,
  WrittenFault,
  type WrittenFilter,
  type WrittenLiteral,
} from './filter-syntax.ts';
import { nearest } from './nearest.ts';

const AND_INSTEAD = new Map([
  ['&&', 'AND'],
  ['||', 'OR'],
]);

/**
 * Reads the form of a filter, whatever its names; undefined for a blank text. Faults carry the change
 * that would put them right where that is plain.
 */
export function parseWritten(text: string): WrittenFilter | undefined {
  const past = offsetPastBytes(text, FILTER_LIMITS.maxBytes);
  if (past !== undefined) {
    const detail = `a filter has at most ${FILTER_LIMITS.maxBytes} bytes of UTF-8`;
    throw new WrittenFault(past, 'too_long', detail);
  }
  return new FilterParser(text).filter();
}

interface Span {
  readonly start: number;
  readonly end: number;
}

class FilterParser {
  readonly #lexer: FilterLexer;
  #depth = 0;
  #terms = 0;

  constructor(text: string) {
    this.#lexer = new FilterLexer(text);
  }

  filter(): WrittenFilter | undefined {
    if (this.#lexer.peek() === '') return undefined;
    const filter = this.#sequence();
    if (this.#lexer.peek() === '') return filter;
    throw new WrittenFault(
      this.#lexer.position,
      'unexpected_parenthesis',
      'this parenthesis closes nothing',
    );
  }

  /** Terms joined by AND, or terms joined by OR, up to a closing parenthesis or the end. */
  #sequence(): WrittenFilter {
    const terms: WrittenFilter[] = [];
    const spans: Span[] = [];
    const joints: { readonly word: string; readonly start: number }[] = [];
    for (;;) {
      this.#lexer.peek();
      const start = this.#lexer.position;
      terms.push(this.#term());
      spans.push({ start, end: this.#lexer.position });
      const next = this.#lexer.peek();
      if (next === '' || next === ')') break;
      joints.push({ start: this.#lexer.position, word: this.#connective() });
    }
    const type = joints[0]?.word === 'OR' ? 'or' : 'and';
    const mixed = joints.find(({ word }) => word !== joints[0]?.word);
    if (mixed) {
      const words = joints.map(({ word }) => word);
      throw new WrittenFault(
        { start: mixed.start, end: mixed.start + mixed.word.length },
        'mixed_and_or',
        'AND and OR side by side need parentheses that say which of them goes first',
        { edits: parenthesesAroundAnds(spans, words) },
      );
    }
    return terms.length === 1 && terms[0] ? terms[0] : { type, terms };
  }

  #connective(): string {
    const { text, position: start } = this.#lexer;
    const symbol = text.slice(start, start + 2);
    const word = this.#lexer.fieldName();
    const spelling = word?.path.length === 1 ? (word.path[0] ?? '') : '';
    if (spelling === 'AND' || spelling === 'OR') return spelling;
    const meant = AND_INSTEAD.get(symbol) ?? spelling.toUpperCase();
    if (meant === 'AND' || meant === 'OR') {
      const end = start + (spelling || symbol).length;
      throw wrongWord({ start, end }, meant);
    }
    if (!word && !/["'(!\-.$@#]/.test(text.charAt(start))) throw unexpectedCharacter(text, start);
    const space = start > 0 && !/\s/.test(text.charAt(start - 1)) ? ' ' : '';
    throw new WrittenFault(start, 'missing_and', 'AND or OR is missing between two terms', {
      edits: [{ start, end: start, text: `${space}AND ` }],
    });
  }

  #term(): WrittenFilter {
    const next = this.#lexer.peek();
    const start = this.#lexer.position;
    if (next === '' || next === ')') {
      throw new WrittenFault(start, 'expected_term', 'a comparison is expected here');
    }
    if (next === '(') return this.#nested(start, () => this.#parenthesised());
    if (next === '-' || next === '!') {
      this.#lexer.eat(next);
      this.#lexer.peek();
      throw new WrittenFault({ start, end: start + 1 }, 'minus_not', `"${next}" is written NOT`, {
        edits: [{ start, end: this.#lexer.position, text: 'NOT ' }],
      });
    }
    if (next === '"' || next === "'") throw bareString(this.#lexer);
    const field = this.#lexer.fieldName();
    if (!field) throw this.#noField(start);
    const after = this.#lexer.peek();
    const word = field.path.length === 1 ? (field.path[0] ?? '') : '';
    if (word === 'NOT') {
      return this.#nested(start, () => ({ type: 'not', term: this.#term() }));
    }
    if (word.toUpperCase() === 'NOT' && !/[=<>:]/.test(after)) {
      throw wrongWord({ start, end: start + word.length }, 'NOT');
    }
    if (word === 'AND' || word === 'OR') {
      throw new WrittenFault(start, 'expected_term', `a comparison is expected before ${word}`);
    }
    if (after === '(') return this.#function(field, start);
    const opAt = this.#lexer.position;
    const op = this.#lexer.operator();
    if (!op) throw this.#noOperator(field, start);
    return this.#comparison(field, op, { start: opAt, end: this.#lexer.position }, start);
  }

  #parenthesised(): WrittenFilter {
    this.#lexer.eat('(');
    const filter = this.#sequence();
    this.#close();
    return filter;
  }

  #function(name: FieldName, start: number): WrittenFilter {
    const called = name.path.join('.');
    if (called === 'topics.any') {
      const field = { path: ['topics'], at: { start, end: start + 'topics'.length } };
      return this.#nested(start, () => ({ type: 'any', field, where: this.#parenthesised() }));
    }
    if (called !== 'text') {
      throw new WrittenFault(name.at, 'unknown_function', `there is no function ${called}()`, {
        name: nearest(called, ['text', 'topics.any']),
      });
    }
    this.#count(start);
    this.#lexer.eat('(');
    const next = this.#lexer.peek();
    if (next !== '"') {
      throw new WrittenFault(this.#lexer.position, 'expected_string', 'text() takes one string');
    }
    const { parts } = this.#lexer.string();
    this.#close();
    return { type: 'text', query: parts.join('*'), at: { start, end: this.#lexer.position } };
  }

  #comparison(field: FieldName, op: Operator, opAt: Span, start: number): WrittenFilter {
    const next = this.#lexer.peek();
    if (next === '(') return this.#list(field, op, opAt, start);
    this.#count(start);
    if (next !== '*') return { type: 'compare', field, op, value: this.#literal() };
    const star = this.#lexer.position;
    if (this.#lexer.word() === '*' && op === ':') return { type: 'present', field };
    throw new WrittenFault(star, 'expected_value', '* stands alone behind ":" only', {
      edits: op === '=' ? [{ ...opAt, text: ':' }] : [],
    });
  }

  #list(field: FieldName, op: Operator, opAt: Span, start: number): WrittenFilter {
    if (op !== ':') {
      const negation = { start, end: start, text: 'NOT ' };
      const colon = { ...opAt, text: ':' };
      const edits = op === '=' ? [colon] : op === '!=' ? [negation, colon] : [];
      const detail = 'a list of values stands behind ":"';
      throw new WrittenFault({ ...opAt }, 'invalid_operator', detail, { edits });
    }
    this.#lexer.eat('(');
    const values: WrittenLiteral[] = [];
    do {
      this.#lexer.peek();
      this.#count(this.#lexer.position);
      values.push(this.#literal());
    } while (this.#lexer.eat(','));
    this.#close();
    return { type: 'in', field, values };
  }

  #literal(): WrittenLiteral {
    const next = this.#lexer.peek();
    const start = this.#lexer.position;
    if (next === '"') {
      const { parts, end } = this.#lexer.string();
      return { type: 'string', parts, at: { start, end } };
    }
    if (/\s/.test(next)) throw unexpectedCharacter(this.#lexer.text, start);
    const word = this.#lexer.word();
    if (word === undefined || /^(?:AND|OR|NOT)$/.test(word)) {
      throw new WrittenFault(start, 'expected_value', 'a value is expected here');
    }
    const at = { start, end: this.#lexer.position };
    const spaced = correctSpacedTime(this.#lexer, word, start);
    if (spaced) throw spaced;
    if (word === 'null') return { type: 'null', at };
    if (word === 'true' || word === 'false') return { type: 'boolean', value: word === 'true', at };
    if (isNumberText(word)) return { type: 'number', text: word, at };
    const offsetSeconds = parseRelative(word);
    if (offsetSeconds !== undefined) return { type: 'relative', offsetSeconds, at };
    const value = parseTimeLiteral(word);
    if (value !== undefined) return { type: 'time', value, text: word, at };
    throw correctValue(this.#lexer, word, start);
  }

  #close(): void {
    if (this.#lexer.eat(')')) return;
    const { position, text } = this.#lexer;
    throw new WrittenFault(position, 'expected_parenthesis', '")" is expected here', {
      edits: position === text.length ? [{ start: position, end: position, text: ')' }] : [],
    });
  }

  #nested<T>(start: number, read: () => T): T {
    if (++this.#depth > FILTER_LIMITS.maxDepth) {
      const detail = `parentheses, NOT and any() nest at most ${FILTER_LIMITS.maxDepth} deep`;
      throw new WrittenFault(start, 'too_deep', detail);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  #count(start: number): void {
    if (++this.#terms <= FILTER_LIMITS.maxTerms) return;
    const detail = `a filter has at most ${FILTER_LIMITS.maxTerms} terms`;
    throw new WrittenFault(start, 'too_many_terms', detail);
  }

  /** What stands where a comparison begins and does not begin with a name. */
  #noField(start: number): WrittenFault {
    const { text } = this.#lexer;
    const isWord = /[\p{L}\p{N}_.$@#]/u.test(String.fromCodePoint(text.codePointAt(start) ?? 0));
    return isWord ? bareWords(this.#lexer, start) : unexpectedCharacter(text, start);
  }

  /** A name with nothing behind it to compare it by. */
  #noOperator(field: FieldName, start: number): WrittenFault {
    const { text, position } = this.#lexer;
    const list = /in\s*(?=\()/iy;
    list.lastIndex = position;
    if (list.test(text)) {
      const end = 'end' in field.at ? field.at.end : position;
      return new WrittenFault(position, 'invalid_operator', 'IN is written ":"', {
        edits: [{ start: end, end: list.lastIndex, text: ':' }],
      });
    }
    if (/["']/.test(text.charAt(position))) {
      return new WrittenFault(position, 'missing_operator', 'an operator is missing here', {
        edits: [{ start: position, end: position, text: '= ' }],
      });
    }
    // The lexer has stepped over white space, so more of it is of a kind that means nothing here.
    if (/\s/.test(text.charAt(position))) return unexpectedCharacter(text, position);
    return bareWords(this.#lexer, start);
  }
}

function wrongWord(at: Span, meant: string): WrittenFault {
  return new WrittenFault(at, 'keyword_case', `${meant} is written in capitals`, {
    edits: [{ ...at, text: meant }],
  });
}

/** AND goes first, as in SQL and most languages; AIP-160 has it the other way, hence the refusal. */
function parenthesesAroundAnds(spans: readonly Span[], words: readonly string[]) {
  return spans.flatMap(({ start, end }, index) => {
    const opens = words[index] === 'AND' && words[index - 1] !== 'AND';
    const closes = words[index - 1] === 'AND' && words[index] !== 'AND';
    if (opens) return [{ start, end: start, text: '(' }];
    return closes ? [{ start: end, end, text: ')' }] : [];
  });
}
