import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  ColumnUpdateNode,
  DeleteQueryNode,
  IdentifierNode,
  InsertQueryNode,
  MergeQueryNode,
  type OperationNode,
  ReferenceNode,
  SelectQueryNode,
  TableNode,
  TupleNode,
  UpdateQueryNode,
  ValueListNode,
  ValuesNode,
} from 'kysely';
import type { ColumnTypes, PgType } from './column-types.ts';

/** The column that a value meets. */
export interface Target {
  readonly name: string;
  readonly type: PgType | undefined;
}

/**
 * Finds the column that the value on top of `stack` is compared with, assigned or inserted to.
 * `index` is its place in a list of plain values. Undefined when it meets no column.
 */
export function findTarget(
  types: ColumnTypes,
  stack: readonly OperationNode[],
  index?: number,
): Target | undefined {
  const column = findColumn(stack, index);
  if (!column) return undefined;
  return { name: column.name, type: typeOf(types, stack, column) };
}

interface Column {
  readonly name: string;
  readonly table?: string;
}

function findColumn(stack: readonly OperationNode[], index?: number): Column | undefined {
  const top = stack.at(-1) as OperationNode;
  const parent = stack.at(-2);
  const above = stack.at(-3);
  if (!parent) return undefined;
  if (ColumnUpdateNode.is(parent)) return readColumn(parent.column);
  if (index !== undefined && ValuesNode.is(parent)) return insertedColumn(above, index);
  if (BinaryOperationNode.is(parent)) return opposite(parent, top);
  if (AndNode.is(parent) && above && BinaryOperationNode.is(above)) {
    // `between` keeps its two ends in an `and`.
    return above.rightOperand === parent ? readColumn(above.leftOperand) : undefined;
  }
  if (ValueListNode.is(parent) || TupleNode.is(parent)) {
    const at = parent.values.indexOf(top);
    if (above && ValuesNode.is(above)) return insertedColumn(stack.at(-4), at);
    if (above && BinaryOperationNode.is(above)) {
      const other = above.leftOperand === parent ? above.rightOperand : above.leftOperand;
      if (TupleNode.is(other)) return readColumn(other.values[at]);
      return readColumn(other);
    }
  }
  return undefined;
}

function opposite(operation: BinaryOperationNode, node: OperationNode): Column | undefined {
  return readColumn(
    operation.leftOperand === node ? operation.rightOperand : operation.leftOperand,
  );
}

function insertedColumn(query: OperationNode | undefined, index: number): Column | undefined {
  if (!query || !InsertQueryNode.is(query) || !query.into) return undefined;
  const column = readColumn(query.columns?.[index]);
  return column && { name: column.name, table: query.into.table.identifier.name };
}

function readColumn(node: OperationNode | undefined): Column | undefined {
  if (!node) return undefined;
  if (ColumnNode.is(node)) return { name: node.column.name };
  if (!ReferenceNode.is(node) || !ColumnNode.is(node.column)) return undefined;
  const name = node.column.column.name;
  return node.table ? { name, table: node.table.table.identifier.name } : { name };
}

/** Looks the column up in the tables of the query it stands in, and of those around it. */
function typeOf(
  types: ColumnTypes,
  stack: readonly OperationNode[],
  { name, table }: Column,
): PgType | undefined {
  for (let i = stack.length - 1; i >= 0; i -= 1) {
    const sources = sourcesOf(stack[i] as OperationNode);
    if (!sources) continue;
    if (table !== undefined) {
      const source = sources.get(table);
      if (source !== undefined) return types[source]?.[name];
      // `excluded` of an upsert stands for the table itself.
      if (table === 'excluded') return types[sources.values().next().value ?? '']?.[name];
      continue;
    }
    for (const source of sources.values()) {
      const type = types[source]?.[name];
      if (type !== undefined) return type;
    }
  }
  return undefined;
}

/** The tables of a query by the names they have in it; undefined for other nodes. */
function sourcesOf(node: OperationNode): Map<string, string> | undefined {
  const sources = new Map<string, string>();
  const add = (source: OperationNode | undefined): void => {
    if (!source) return;
    if (TableNode.is(source)) {
      const { name } = source.table.identifier;
      sources.set(name, name);
    } else if (
      AliasNode.is(source) &&
      TableNode.is(source.node) &&
      IdentifierNode.is(source.alias)
    ) {
      sources.set(source.alias.name, source.node.table.identifier.name);
    }
  };
  if (SelectQueryNode.is(node)) {
    node.from?.froms.forEach(add);
    for (const join of node.joins ?? []) add(join.table);
  } else if (UpdateQueryNode.is(node)) {
    add(node.table);
    node.from?.froms.forEach(add);
    for (const join of node.joins ?? []) add(join.table);
  } else if (DeleteQueryNode.is(node)) {
    node.from.froms.forEach(add);
    node.using?.tables.forEach(add);
    for (const join of node.joins ?? []) add(join.table);
  } else if (InsertQueryNode.is(node)) {
    add(node.into);
  } else if (MergeQueryNode.is(node)) {
    add(node.into);
    add(node.using?.table);
  } else {
    return undefined;
  }
  return sources;
}
