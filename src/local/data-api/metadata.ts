import type { TableColumn } from './catalogue.ts';
import type { Column } from './engine.ts';
import type { TypeInfo } from './types.ts';

/** What JDBC says of a length that has no bound. */
const UNBOUNDED = 2_147_483_647;

const NULLABLE = { no: 0, yes: 1, unknown: 2 } as const;

/** Digits of numbers and widths of times, as pgjdbc tells them. */
const PRECISION: Readonly<Record<string, number>> = {
  bool: 1,
  int2: 5,
  int4: 10,
  int8: 19,
  float4: 8,
  float8: 17,
  date: 13,
  time: 15,
  timestamp: 29,
  timestamptz: 35,
};

const SCALE: Readonly<Record<string, number>> = {
  float4: 8,
  float8: 17,
  time: 6,
  timestamp: 6,
  timestamptz: 6,
};

/** PostgreSQL's modifier of a length counts four bytes of header. */
const HEADER = 4;

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);
const WITHOUT_CASE = new Set([...NUMBERS, 'bool', 'date', 'time', 'timestamp', 'timestamptz']);

/**
 * The 14 members that describe a column. The label is what the statement calls it, the name what its table
 * does; `schemaName` is empty in what the service sends (local-data-api #128).
 */
export function columnMetadata(
  { name: label, typeModifier }: Column,
  type: TypeInfo,
  from: TableColumn | undefined,
): Readonly<Record<string, string | number | boolean>> {
  const { precision, scale } = digitsOf(type.name, typeModifier);
  return {
    arrayBaseColumnType: 0,
    isAutoIncrement: from?.isAutoIncrement ?? false,
    isCaseSensitive: !WITHOUT_CASE.has(type.name),
    isCurrency: false,
    isSigned: NUMBERS.has(type.name),
    label,
    name: from?.name ?? label,
    nullable: from === undefined ? NULLABLE.unknown : from.isNotNull ? NULLABLE.no : NULLABLE.yes,
    precision,
    scale,
    schemaName: '',
    tableName: from?.table ?? '',
    type: type.jdbc,
    typeName: type.name,
  };
}

function digitsOf(type: string, modifier: number): { precision: number; scale: number } {
  if (type === 'numeric') {
    if (modifier < HEADER) return { precision: 0, scale: 0 };
    const packed = modifier - HEADER;
    return { precision: packed >> 16, scale: packed & 0xffff };
  }
  if (type === 'varchar' || type === 'bpchar') {
    return { precision: modifier < HEADER ? UNBOUNDED : modifier - HEADER, scale: 0 };
  }
  return { precision: PRECISION[type] ?? UNBOUNDED, scale: SCALE[type] ?? 0 };
}
