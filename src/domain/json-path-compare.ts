import type { ComparisonOperator } from './json-path-syntax.ts';
import type { StepBudget } from './step-budget.ts';

/** What a query without a node yields; equal to itself alone. */
export const NOTHING = Symbol('nothing');

export type Value = unknown;

/** Compares by RFC 9535 §2.3.5.2.2: `<` holds between two numbers or two strings only. */
export function compareValues(
  op: ComparisonOperator,
  left: Value,
  right: Value,
  budget: StepBudget,
): boolean {
  switch (op) {
    case '==':
      return equalValues(left, right, budget);
    case '!=':
      return !equalValues(left, right, budget);
    case '<':
      return isLess(left, right, budget);
    case '>':
      return isLess(right, left, budget);
    case '<=':
      return isLess(left, right, budget) || equalValues(left, right, budget);
    case '>=':
      return isLess(right, left, budget) || equalValues(left, right, budget);
  }
}

/** Whether two values are the same JSON, members in any order. */
export function equalValues(left: Value, right: Value, budget: StepBudget): boolean {
  budget.spend(1);
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((element, index) => equalValues(element, right[index], budget))
    );
  }
  if (Array.isArray(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) =>
        Object.hasOwn(right, name) &&
        equalValues(
          (left as Record<string, unknown>)[name],
          (right as Record<string, unknown>)[name],
          budget,
        ),
    )
  );
}

function isLess(left: Value, right: Value, budget: StepBudget): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  budget.spend(Math.min(left.length, right.length) / 16);
  return isLessText(left, right);
}

/** By code points, while `<` of the language goes by UTF-16 code units. */
function isLessText(left: string, right: string): boolean {
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === shorter) return left.length < right.length;
  const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
  const high = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
  // A surrogate stands for a code point beyond all those of one unit.
  return high(a) === high(b) ? a < b : high(b);
}
