import type { Input } from './dynalite.ts';

/** Source of all: Developer Guide, "Service quotas", Expression parameters. dynalite 4.0.0 has none of them. */
const MAX_EXPRESSION_BYTES = 4096;
const MAX_OPERATORS = 300;
const MAX_IN_OPERANDS = 100;
const MAX_PLACEHOLDER_BYTES = 255;
const MAX_SUBSTITUTION_BYTES = 2 * 1024 * 1024;

/** Where dynalite leaves each expression once it has been parsed. */
const PARSED = {
  UpdateExpression: '_updates',
  ConditionExpression: '_condition',
  KeyConditionExpression: '_keyCondition',
  FilterExpression: '_filter',
  ProjectionExpression: '_projection',
};
const EXPRESSIONS = Object.entries(PARSED);
const MAPS = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
/** Not counted: 299 `and` between 300 comparisons are not too many. Source: scylladb/scylladb issue 14473, measured. */
const UNCOUNTED = ['and', 'or'];

/** What AWS says of expressions that are too long to be looked at, or undefined. */
export function expressionSizeFault(input: Input): string | undefined {
  for (const [member] of EXPRESSIONS) {
    const text = input[member];
    const sizeBytes = typeof text === 'string' ? Buffer.byteLength(text, 'utf8') : 0;
    if (sizeBytes > MAX_EXPRESSION_BYTES) {
      return `Invalid ${member}: Expression size has exceeded the maximum allowed size; expression size: ${sizeBytes}`;
    }
  }
  let totalBytes = 0;
  for (const member of MAPS) {
    for (const [placeholder, value] of Object.entries(input[member] ?? {})) {
      const sizeBytes = Buffer.byteLength(placeholder, 'utf8');
      if (sizeBytes > MAX_PLACEHOLDER_BYTES) {
        return `${member} contains invalid key: a key has at most ${MAX_PLACEHOLDER_BYTES} bytes; key size: ${sizeBytes}`;
      }
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      totalBytes += sizeBytes + Buffer.byteLength(text, 'utf8');
    }
  }
  return totalBytes > MAX_SUBSTITUTION_BYTES
    ? `ExpressionAttributeNames and ExpressionAttributeValues exceed the maximum allowed size; size: ${totalBytes}`
    : undefined;
}

/** What AWS says of parsed expressions with too much in them, or undefined. */
export function expressionContentFault(input: Input): string | undefined {
  for (const [member, parsed] of EXPRESSIONS) {
    const count = { operators: 0, inOperands: 0 };
    walk(input[parsed], count);
    if (count.inOperands > MAX_IN_OPERANDS) {
      return `Invalid ${member}: The IN operator is provided with too many operands; number of operands: ${count.inOperands}`;
    }
    if (count.operators > MAX_OPERATORS) {
      return `Invalid ${member}: The expression contains too many operators; operator count: ${count.operators}`;
    }
  }
  return undefined;
}

interface SyntaxNode {
  type?: string;
  args?: unknown[];
  /** A condition's root, an update's clauses, and what a `set` clause sets to. */
  expression?: unknown;
  sections?: unknown[];
  val?: unknown;
}

/** Counts the operators of a syntax tree, and the operands of its longest `in`. Values and paths have none. */
function walk(tree: unknown, count: { operators: number; inOperands: number }): void {
  if (typeof tree !== 'object' || tree === null) return;
  const { type = '', args, expression, sections, val } = tree as SyntaxNode;
  if (Array.isArray(args)) {
    if (!UNCOUNTED.includes(type)) count.operators += 1;
    if (type === 'in') count.inOperands = Math.max(count.inOperands, args.length - 1);
    for (const operand of args) walk(operand, count);
  }
  if (Array.isArray(sections)) for (const clause of sections) walk(clause, count);
  walk(expression, count);
  walk(val, count);
}
