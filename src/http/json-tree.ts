import { JsonText, type JsonTree } from '../domain/index.ts';

/**
 * The tree with every member that is null left out, as POST and PUT take it; elements of lists stay.
 * `kept` names members whose null is a value.
 */
export function withoutNulls(tree: JsonTree, kept: readonly string[] = []): JsonTree {
  if (Array.isArray(tree)) return tree.map((item: JsonTree) => withoutNulls(item, kept));
  if (!isMembers(tree)) return tree;
  const members: Record<string, JsonTree> = Object.create(null);
  for (const [name, value] of Object.entries(tree)) {
    if (!isNull(value) || kept.includes(name)) members[name] = withoutNulls(value, kept);
  }
  return members;
}

export function isNull(value: JsonTree): boolean {
  return value === null || (value instanceof JsonText && value.text === 'null');
}

/** Whether the value is an object of members: no list, no scalar, no raw text. */
export function isMembers(value: unknown): value is { readonly [name: string]: JsonTree } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonText)
  );
}
