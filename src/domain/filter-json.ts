import { parseFilter } from './filter.ts';
import { FILTER_LIMITS, type FieldRegistry, type Filter, type Operator } from './filter-ast.ts';
import { checkFilter } from './filter-check.ts';
import { isUnstorable } from './filter-lexer.ts';
import { printFilter } from './filter-print.ts';
import {
  type FieldName,
  offsetPastBytes,
  refusal,
  WrittenFault,
  type WrittenFilter,
  type WrittenLiteral,
  withFaults,
} from './filter-syntax.ts';
import { pointerSegment, readJson } from './json-reader.ts';
import { JsonText } from './json-text.ts';
import { nearest } from './nearest.ts';

const OPERATORS: readonly string[] = ['=', '!=', '<', '<=', '>', '>=', ':'];
const WORDS = ['present', 'in', 'any'] as const;
const SHAPES = ['and', 'or', 'not', 'text', 'field'] as const;

/**
 * Reads a filter out of a JSON body: an object of the JSON form, or a string in the filter language;
 * undefined for a blank string. A `JsonText` is read here, and its numbers keep their digits.
 * Errors: `invalid` with one fault, whose pointer begins with `pointer`.
 */
export function readJsonFilter(
  value: unknown,
  registry: FieldRegistry,
  pointer: string,
): Filter | undefined {
  const read =
    value instanceof JsonText ? readJson(value.text, { exactNumbers: true, pointer }) : value;
  if (typeof read === 'string') return parseFilter(read, registry, { pointer });
  return withFaults(
    () => {
      const filter = checkFilter(new JsonFilterReader().filter(read, pointer), registry);
      // The limit is one of the text form, so the JSON form is measured by what it would be there.
      readString(printFilter(filter), pointer);
      return filter;
    },
    (fault) => refusal('filter.read', fault, { pointer }),
  );
}

type Node = Readonly<Record<string, unknown>> & {
  readonly field?: unknown;
  readonly op?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
  readonly where?: unknown;
};

class JsonFilterReader {
  #depth = 0;
  #terms = 0;

  /** `grouped` where the text form would put AND and OR into parentheses, which count as a level. */
  filter(value: unknown, pointer: string, grouped = false): WrittenFilter {
    if (!isNode(value)) throw fault(pointer, 'wrong_type', 'a filter is an object');
    const shape = SHAPES.find((name) => Object.hasOwn(value, name));
    switch (shape) {
      case 'and':
      case 'or':
        refuseOthers(value, pointer, [shape]);
        return this.#nested(grouped, pointer, () => this.#sequence(shape, value[shape], pointer));
      case 'not':
        refuseOthers(value, pointer, [shape]);
        return this.#nested(true, pointer, () => ({
          type: 'not',
          term: this.filter(value[shape], `${pointer}/not`, true),
        }));
      case 'text': {
        refuseOthers(value, pointer, [shape]);
        this.#count(pointer);
        const at = { pointer: `${pointer}/text` };
        return { type: 'text', query: readString(value[shape], at.pointer), at };
      }
      case 'field':
        return this.#aboutField(value, pointer);
      default: {
        const [name] = Object.keys(value);
        const detail = 'a filter has "and", "or", "not", "text" or "field"';
        if (name === undefined) throw fault(pointer, 'empty_filter', detail);
        throw fault(member(pointer, name), 'unknown_member', detail, nearest(name, SHAPES));
      }
    }
  }

  #sequence(type: 'and' | 'or', value: unknown, pointer: string): WrittenFilter {
    const at = member(pointer, type);
    const terms = readList(value, at);
    return { type, terms: terms.map((term, index) => this.filter(term, member(at, index), true)) };
  }

  #aboutField(node: Node, pointer: string): WrittenFilter {
    const opAt = `${pointer}/op`;
    const fieldAt = `${pointer}/field`;
    const field = readFieldName(readString(node.field, fieldAt), fieldAt);
    const op = readString(node.op, opAt);
    switch (op) {
      case 'present':
        refuseOthers(node, pointer, ['field', 'op']);
        this.#count(pointer);
        return { type: 'present', field };
      case 'in': {
        refuseOthers(node, pointer, ['field', 'op', 'values']);
        const at = `${pointer}/values`;
        const values = readList(node.values, at).map((value, index) => {
          this.#count(member(at, index));
          return readLiteral(value, member(at, index));
        });
        return { type: 'in', field, values };
      }
      case 'any':
        refuseOthers(node, pointer, ['field', 'op', 'where']);
        if (field.path.join('.') !== 'topics') {
          throw fault(fieldAt, 'not_allowed_here', 'only topics have "any"', 'topics');
        }
        return this.#nested(true, pointer, () => ({
          type: 'any',
          field,
          where: this.filter(node.where, `${pointer}/where`),
        }));
      default:
        if (!OPERATORS.includes(op)) {
          const known = [...OPERATORS, ...WORDS];
          const detail = `the operators are ${known.join(' ')}`;
          throw fault(opAt, 'invalid_operator', detail, nearest(op, known));
        }
        refuseOthers(node, pointer, ['field', 'op', 'value']);
        this.#count(pointer);
        return {
          type: 'compare',
          field,
          op: op as Operator,
          value: readLiteral(node.value, `${pointer}/value`),
        };
    }
  }

  #nested<T>(counts: boolean, pointer: string, read: () => T): T {
    if (!counts) return read();
    if (++this.#depth > FILTER_LIMITS.maxDepth) {
      throw fault(pointer, 'too_deep', `a filter nests at most ${FILTER_LIMITS.maxDepth} deep`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  #count(pointer: string): void {
    if (++this.#terms <= FILTER_LIMITS.maxTerms) return;
    throw fault(pointer, 'too_many_terms', `a filter has at most ${FILTER_LIMITS.maxTerms} terms`);
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonText)
  );
}

function readList(value: unknown, pointer: string): readonly unknown[] {
  if (!Array.isArray(value)) throw fault(pointer, 'wrong_type', 'a list is expected here');
  if (value.length === 0) throw fault(pointer, 'empty_list', 'the list is empty');
  return value;
}

function readString(value: unknown, pointer: string): string {
  if (typeof value !== 'string') throw fault(pointer, 'wrong_type', 'a string is expected here');
  if (offsetPastBytes(value, FILTER_LIMITS.maxBytes) !== undefined) {
    throw fault(pointer, 'too_long', `at most ${FILTER_LIMITS.maxBytes} bytes of UTF-8`);
  }
  if (isUnstorable(value)) {
    const detail = 'a string may hold neither NUL nor half of a surrogate pair';
    throw fault(pointer, 'invalid_character', detail);
  }
  return value;
}

/** Here a segment needs quotes only for a dot or a quote in it: the name stands alone in its string. */
function readFieldName(text: string, pointer: string): FieldName {
  const path: string[] = [];
  const segment = /("(?:[^"\\]|\\["\\])*"|[^."]+)(\.(?!$)|$)/y;
  while (segment.lastIndex < text.length) {
    const [, name] = segment.exec(text) ?? [];
    if (name === undefined) throw fault(pointer, 'unknown_field', 'this is no name of a field');
    path.push(name.startsWith('"') ? name.slice(1, -1).replace(/\\(.)/gs, '$1') : name);
  }
  return { path, at: { pointer } };
}

function readLiteral(value: unknown, pointer: string): WrittenLiteral {
  const at = { pointer };
  if (value === null) return { type: 'null', at };
  if (typeof value === 'boolean') return { type: 'boolean', value, at };
  if (typeof value === 'number') return { type: 'number', text: JSON.stringify(value), at };
  if (value instanceof JsonText) return { type: 'number', text: value.text, at };
  if (typeof value !== 'string') {
    throw fault(pointer, 'expected_value', 'a string, number, boolean or null is expected here');
  }
  return { type: 'string', parts: splitAtStars(readString(value, pointer), pointer), at };
}

/** `*` splits, `\*` and `\\` are the characters themselves: JSON has dealt with all other escapes. */
function splitAtStars(text: string, pointer: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    let character = text.charAt(at);
    if (character === '*') {
      parts.push('');
      continue;
    }
    if (character === '\\') {
      character = text.charAt(++at);
      if (character !== '*' && character !== '\\') {
        throw fault(pointer, 'invalid_escape', 'behind "\\" stands "*" or another "\\"');
      }
    }
    parts[parts.length - 1] += character;
  }
  return parts;
}

function refuseOthers(node: Node, pointer: string, allowed: readonly string[]): void {
  const other = Object.keys(node).find((name) => !allowed.includes(name));
  if (other === undefined) return;
  const detail = `only ${allowed.join(', ')} may stand here`;
  const missing = allowed.filter((name) => !Object.hasOwn(node, name));
  throw fault(member(pointer, other), 'unknown_member', detail, nearest(other, missing));
}

function member(pointer: string, name: string | number): string {
  return `${pointer}${pointerSegment(name)}`;
}

function fault(pointer: string, code: string, detail: string, name?: string): WrittenFault {
  return new WrittenFault({ pointer }, code, detail, { name });
}
