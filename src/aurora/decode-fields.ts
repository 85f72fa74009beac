import type { ArrayValue, ColumnMetadata, Field } from '@aws-sdk/client-rds-data';
import {
  checkLabels,
  exactInteger,
  type TextDecoder,
  textDecoder,
  undecodable,
  type Value,
} from './decode.ts';

export type Row = Record<string, Value>;

/** Values of a Data API result, row by row, exact; see `textDecoder`. */
export function decodeRecords(
  columns: readonly ColumnMetadata[],
  records: readonly (readonly Field[])[],
): Value[][] {
  const labels = columns.map((column) => column.label || column.name || '');
  checkLabels(labels);
  const decoders = columns.map((column, i) =>
    fieldDecoder((column.typeName ?? '').toLowerCase(), labels[i] as string),
  );
  return records.map((record) =>
    record.map((field, i) => (decoders[i] as (field: Field) => Value)(field)),
  );
}

function fieldDecoder(typeName: string, label: string): (field: Field) => Value {
  if (typeName.startsWith('_')) {
    const element = textDecoder(typeName.slice(1), label);
    return (field) => {
      if (field.isNull) return null;
      if (field.arrayValue === undefined) throw undecodable(label, 'an array was expected');
      return decodeArray(field.arrayValue, element, label);
    };
  }
  const decode = textDecoder(typeName, label);
  return (field) => {
    if (field.isNull) return null;
    if (field.stringValue !== undefined) return decode(field.stringValue);
    if (field.longValue !== undefined) {
      return exactInteger(field.longValue, String(field.longValue), label);
    }
    if (field.doubleValue !== undefined) return field.doubleValue;
    if (field.booleanValue !== undefined) return field.booleanValue;
    if (field.blobValue !== undefined) return field.blobValue;
    throw undecodable(label, `the Data API sent an unknown value (${Object.keys(field).join()})`);
  };
}

/** Arrays have no `longReturnType`: integers come as numbers, and rounded ones are told by their size. */
function decodeArray(array: ArrayValue, element: TextDecoder, label: string): Value[] {
  // An empty array may come as `{}`; the lists are sparse, though their types do not say so.
  const { stringValues, longValues, doubleValues, booleanValues, arrayValues } = array;
  if (arrayValues !== undefined) throw undecodable(label, 'an array of arrays');
  const values = (stringValues ?? longValues ?? doubleValues ?? booleanValues ?? []) as (
    | string
    | number
    | boolean
    | null
  )[];
  return values.map((value) => {
    if (typeof value === 'string') return element(value);
    if (typeof value === 'number' && longValues) return exactInteger(value, String(value), label);
    return value ?? null;
  });
}
