import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { PostgresQueryCompiler, type PrimitiveValueListNode, type ValueNode } from 'kysely';
import { findTarget, type Target } from './column-scope.ts';
import type { ColumnTypes } from './column-types.ts';
import { type Parameter, toParameter } from './parameter.ts';

/** Compiles to PostgreSQL with every parameter checked and cast to what its column is. */
abstract class CheckedCompiler extends PostgresQueryCompiler {
  readonly #types: ColumnTypes;

  constructor(types: ColumnTypes) {
    super();
    this.#types = types;
  }

  protected abstract bind(parameter: Parameter): void;

  protected override visitValue(node: ValueNode): void {
    if (node.immediate) super.visitValue(node);
    else this.#append(node.value, findTarget(this.#types, this.nodeStack));
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    this.append('(');
    node.values.forEach((value, i) => {
      if (i > 0) this.append(', ');
      this.#append(value, findTarget(this.#types, this.nodeStack, i));
    });
    this.append(')');
  }

  /** Values that reach the compiler in no list and no node of their own. */
  protected override appendValue(value: unknown): void {
    this.#append(value, undefined);
  }

  #append(value: unknown, target: Target | undefined): void {
    const column = target ? ` (${target.name})` : '';
    const place = `Parameter ${this.numParameters + 1}${column}`;
    this.bind(toParameter(value, target?.type, place));
  }
}

/** Parameters named `:p1`, `:p2` and so on, each once, in the form of the Data API. */
export class DataApiQueryCompiler extends CheckedCompiler {
  protected override bind({ kind, value, cast }: Parameter): void {
    const name = `p${this.numParameters + 1}`;
    this.append(cast === undefined ? `:${name}` : `:${name}::${cast}`);
    const parameter: SqlParameter = { name, value: toField(kind, value) };
    this.addParameter(parameter);
  }
}

const BOUND_AS = {
  null: undefined,
  boolean: 'bool',
  long: 'int8',
  double: 'float8',
  text: 'text',
  bytes: 'bytea',
} as const;

/** Parameters `$1::type`, with the types that the Data API would bind: the same SQL means the same on both. */
export class DirectQueryCompiler extends CheckedCompiler {
  protected override bind({ kind, value, cast }: Parameter): void {
    this.addParameter(value);
    const type = cast ?? BOUND_AS[kind];
    this.append(type === undefined ? `$${this.numParameters}` : `$${this.numParameters}::${type}`);
  }
}

function toField(kind: Parameter['kind'], value: Parameter['value']): SqlParameter['value'] {
  switch (kind) {
    case 'null':
      return { isNull: true };
    case 'boolean':
      return { booleanValue: value as boolean };
    case 'long':
      return { longValue: value as number };
    case 'double':
      return { doubleValue: value as number };
    case 'text':
      return { stringValue: value as string };
    case 'bytes':
      return { blobValue: value as Uint8Array };
  }
}
