import { IRegexp } from './i-regexp.ts';
import { compareValues, NOTHING, type Value } from './json-path-compare.ts';
import { parseJsonPath } from './json-path-parser.ts';
import type { Condition, JsonPathQuery, Operand, Selector } from './json-path-syntax.ts';
import type { StepBudget } from './step-budget.ts';

/** Told each node in order; `true` ends the search. */
type Visit = (value: unknown) => boolean;

/** Patterns kept of those that data names: a filter asks all its nodes for the same few. */
const MAX_PATTERNS = 100;

/**
 * A JSONPath (RFC 9535), ready to be asked of values as `JSON.parse` makes them. Nodes come in document
 * order, those of `..` each before what is below it. The `match` and `search` of I-Regexp (RFC 9485) take
 * linear time.
 */
export class JsonPath {
  readonly text: string;
  readonly #query: JsonPathQuery;
  readonly #patterns = new Map<string, IRegexp | undefined>();

  private constructor(text: string, query: JsonPathQuery) {
    this.text = text;
    this.#query = query;
  }

  /** Errors: `JsonPathError` with the position. */
  static parse(text: string): JsonPath {
    return new JsonPath(text, parseJsonPath(text));
  }

  /**
   * The first node that `wanted` takes, or undefined. Every node looked at costs a step of `budget`.
   * Errors: `BudgetSpent`.
   */
  find(root: unknown, budget: StepBudget, wanted: (value: unknown) => boolean): unknown {
    let found: unknown;
    new Search(root, budget, this.#patterns).visit(this.#query, root, (value) => {
      if (!wanted(value)) return false;
      found = value;
      return true;
    });
    return found;
  }

  /** The values of all nodes. Errors: `BudgetSpent`. */
  values(root: unknown, budget: StepBudget): unknown[] {
    const values: unknown[] = [];
    this.find(root, budget, (value) => {
      values.push(value);
      return false;
    });
    return values;
  }
}

class Search {
  readonly #root: unknown;
  readonly #budget: StepBudget;
  readonly #patterns: Map<string, IRegexp | undefined>;

  constructor(root: unknown, budget: StepBudget, patterns: Map<string, IRegexp | undefined>) {
    this.#root = root;
    this.#budget = budget;
    this.#patterns = patterns;
  }

  visit(query: JsonPathQuery, current: unknown, visit: Visit): boolean {
    return this.#follow(query, 0, query.from === 'root' ? this.#root : current, visit);
  }

  #follow(query: JsonPathQuery, index: number, node: unknown, visit: Visit): boolean {
    this.#budget.spend(1);
    const segment = query.segments[index];
    if (segment === undefined) return visit(node);
    const onward = (value: unknown): boolean => this.#follow(query, index + 1, value, visit);
    const select = (value: unknown): boolean =>
      segment.selectors.some((selector) => this.#select(selector, value, onward));
    return segment.descendant ? this.#descend(node, select) : select(node);
  }

  #descend(node: unknown, select: Visit): boolean {
    this.#budget.spend(1);
    return select(node) || this.#childrenOf(node).some((child) => this.#descend(child, select));
  }

  #select(selector: Selector, node: unknown, visit: Visit): boolean {
    switch (selector.type) {
      case 'name':
        return isObject(node) && Object.hasOwn(node, selector.name) && visit(node[selector.name]);
      case 'wildcard':
        return this.#childrenOf(node).some(visit);
      case 'index': {
        if (!Array.isArray(node)) return false;
        const at = selector.index < 0 ? node.length + selector.index : selector.index;
        return at >= 0 && at < node.length && visit(node[at]);
      }
      case 'slice':
        return Array.isArray(node) && visitSlice(node, selector, visit);
      case 'filter':
        return this.#childrenOf(node).some(
          (child) => this.#holds(selector.where, child) && visit(child),
        );
    }
  }

  #holds(condition: Condition, node: unknown): boolean {
    this.#budget.spend(1);
    switch (condition.type) {
      case 'or':
        return condition.terms.some((term) => this.#holds(term, node));
      case 'and':
        return condition.terms.every((term) => this.#holds(term, node));
      case 'not':
        return !this.#holds(condition.term, node);
      case 'exists':
        return this.visit(condition.query, node, () => true);
      case 'compare': {
        const left = this.#valueOf(condition.left, node);
        const right = this.#valueOf(condition.right, node);
        return compareValues(condition.op, left, right, this.#budget);
      }
      case 'regexp': {
        const text = this.#valueOf(condition.text, node);
        const pattern = this.#valueOf(condition.pattern, node);
        if (typeof text !== 'string' || typeof pattern !== 'string') return false;
        return this.#regexp(pattern)?.test(text, condition.whole, this.#budget) ?? false;
      }
    }
  }

  #valueOf(operand: Operand, node: unknown): Value {
    switch (operand.type) {
      case 'literal':
        return operand.value;
      case 'query':
      case 'value': {
        const values: unknown[] = [];
        this.visit(operand.query, node, (value) => values.push(value) > 1);
        return values.length === 1 ? values[0] : NOTHING;
      }
      case 'count': {
        let count = 0;
        this.visit(operand.query, node, () => {
          count++;
          return false;
        });
        return count;
      }
      case 'length':
        return this.#lengthOf(this.#valueOf(operand.of, node));
    }
  }

  #lengthOf(value: Value): Value {
    if (typeof value === 'string') {
      this.#budget.spend(value.length / 16);
      let count = 0;
      for (const _ of value) count++;
      return count;
    }
    if (Array.isArray(value)) return value.length;
    return isObject(value) ? this.#childrenOf(value).length : NOTHING;
  }

  /** Elements or members. A copy of the members costs steps as well: a filter may ask for it at every node. */
  #childrenOf(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (!isObject(value)) return [];
    const members = Object.values(value);
    this.#budget.spend(members.length / 16);
    return members;
  }

  #regexp(pattern: string): IRegexp | undefined {
    const known = this.#patterns.get(pattern);
    if (known !== undefined || this.#patterns.has(pattern)) return known;
    this.#budget.spend(Math.min(pattern.length, 1_000) * 10);
    const made = IRegexp.parse(pattern);
    if (this.#patterns.size >= MAX_PATTERNS) this.#patterns.clear();
    this.#patterns.set(pattern, made);
    return made;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Walks over the elements of a slice, by RFC 9535 §2.3.4.2.2. */
function visitSlice(
  array: readonly unknown[],
  { start, end, step }: Extract<Selector, { type: 'slice' }>,
  visit: Visit,
): boolean {
  const { length } = array;
  if (step > 0) {
    const to = Math.min(bound(end ?? length, length), length);
    for (let at = Math.max(bound(start ?? 0, length), 0); at < to; at += step) {
      if (visit(array[at])) return true;
    }
  } else if (step < 0) {
    const to = end === undefined ? -1 : Math.max(bound(end, length), -1);
    for (let at = Math.min(bound(start ?? length - 1, length), length - 1); at > to; at += step) {
      if (visit(array[at])) return true;
    }
  }
  return false;
}

function bound(index: number, length: number): number {
  return index < 0 ? length + index : index;
}
