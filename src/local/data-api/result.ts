import type { RawResult } from './engine.ts';
import { FieldPrinter, type ResultOptions } from './field.ts';
import { MAX_FORMATTED_BYTES, MAX_RESULT_BYTES } from './limits.ts';
import { DataApiError } from './service-error.ts';
import type { RefusedType, TypeInfo } from './types.ts';

/** Counts a result as the service does: PostgreSQL's octets, not those of the JSON. */
export function checkSize(result: RawResult): void {
  if (result.octets > MAX_RESULT_BYTES) {
    throw new DataApiError('UnsupportedResultException', 'The result exceeds the size limit 1 MB.');
  }
}

/** Errors: `UnsupportedResultException` for the first type that a result may not hold. */
export function checkTypes(
  types: readonly (TypeInfo | RefusedType)[],
): asserts types is readonly TypeInfo[] {
  for (const type of types) {
    if ('refused' in type) {
      throw new DataApiError(
        'UnsupportedResultException',
        `The result contains the unsupported data type ${type.refused}.`,
      );
    }
  }
}

/** `records`, as JSON. */
export function printRecords(
  result: RawResult,
  types: readonly TypeInfo[],
  options: ResultOptions,
): string {
  const printers = types.map((type) => new FieldPrinter(type, options));
  const rows = result.rows.map((row) => {
    const fields = row.map((cell, column) =>
      cell === null ? '{"isNull":true}' : (printers[column] as FieldPrinter).field(cell),
    );
    return `[${fields.join()}]`;
  });
  return `[${rows.join()}]`;
}

/** `formatRecordsAs: JSON`: a text that is itself an array of one object for each row. */
export function formatRecords(
  result: RawResult,
  types: readonly TypeInfo[],
  options: ResultOptions,
): string {
  const labels = result.columns.map(({ name }) => name);
  const twice = labels.find((label, at) => labels.indexOf(label) < at);
  if (twice !== undefined) {
    throw new DataApiError(
      'BadRequestException',
      `The result has several columns of the label ${twice}; give each its own alias.`,
    );
  }
  const columns = types.map((type, column) => ({
    key: `${JSON.stringify(labels[column])}:`,
    printer: new FieldPrinter(type, options),
  }));
  const rows = result.rows.map((row) => {
    const members = columns.map(({ key, printer }, column) => {
      const cell = row[column] ?? null;
      return key + (cell === null ? 'null' : printer.bare(cell));
    });
    return `{${members.join()}}`;
  });
  const text = `[${rows.join()}]`;
  if (Buffer.byteLength(text) > MAX_FORMATTED_BYTES) {
    throw new DataApiError(
      'BadRequestException',
      'The formatted result exceeds the size limit 10 MB.',
    );
  }
  return text;
}
