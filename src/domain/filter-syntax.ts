import { type InputFault, invalid, type ServiceError } from './errors.ts';
import type { Operator } from './filter-ast.ts';
import type { Timestamp } from './time.ts';

/** Where a part of a filter stands: in its text, or in a JSON body. */
export type Place = { readonly start: number; readonly end: number } | { readonly pointer: string };

export interface FieldName {
  readonly path: readonly string[];
  readonly at: Place;
}

/** A literal as written. A string is split at each `*` that was not escaped. */
export type WrittenLiteral = { readonly at: Place } & (
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly parts: readonly string[] }
  | { readonly type: 'time'; readonly value: Timestamp; readonly text: string }
  | { readonly type: 'relative'; readonly offsetSeconds: number }
);

/** A filter as written: the form is right, no name or type has been checked yet. */
export type WrittenFilter =
  | { readonly type: 'and' | 'or'; readonly terms: readonly WrittenFilter[] }
  | { readonly type: 'not'; readonly term: WrittenFilter }
  | {
      readonly type: 'compare';
      readonly field: FieldName;
      readonly op: Operator;
      readonly value: WrittenLiteral;
    }
  | { readonly type: 'present'; readonly field: FieldName }
  | {
      readonly type: 'in';
      readonly field: FieldName;
      readonly values: readonly WrittenLiteral[];
    }
  | { readonly type: 'any'; readonly field: FieldName; readonly where: WrittenFilter }
  | { readonly type: 'text'; readonly query: string; readonly at: Place };

/** A change of the filter's text that would put a fault right. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What helps to put a fault right: the nearest name, or changes that make the whole text good. */
export interface Remedy {
  readonly name?: string | undefined;
  readonly edits?: readonly Edit[];
}

/**
 * A fault on its way out of the lexer, parser or checker. It never leaves this folder: the doors
 * (`parseFilter`, `readJsonFilter` and their like) turn it into a `ServiceError`.
 */
export class WrittenFault extends Error {
  readonly at: Place;
  readonly code: string;
  readonly remedy: Remedy;

  constructor(at: Place | number, code: string, detail: string, remedy: Remedy = {}) {
    super(detail);
    this.at = typeof at === 'number' ? { start: at, end: at } : at;
    this.code = code;
    this.remedy = remedy;
  }
}

/** Where the text of a filter, order or list of fields came from. */
export type TextSource = { readonly parameter: string } | { readonly pointer: string };

/** The error that a caller gets of a fault; `suggestion` when it is not simply the nearest name. */
export function refusal(
  op: string,
  fault: WrittenFault,
  source: TextSource,
  suggestion = fault.remedy.name,
): ServiceError {
  const place = 'pointer' in fault.at ? fault.at : { ...source, position: fault.at.start };
  const told: InputFault = {
    ...place,
    code: fault.code,
    detail: fault.message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
  return invalid(op, fault.message, [told]);
}

/** Runs `read`; a fault that it throws leaves as what `toError` makes of it. */
export function withFaults<T>(read: () => T, toError: (fault: WrittenFault) => ServiceError): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WrittenFault ? toError(error) : error;
  }
}

/** `text` with the edits made; they do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  // Insertions at one place keep the order in which they were given.
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The offset at which `text` passes `maxBytes` of UTF-8, if it does. */
export function offsetPastBytes(text: string, maxBytes: number): number | undefined {
  if (text.length * 3 <= maxBytes) return undefined;
  let bytes = 0;
  let offset = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > maxBytes) return offset;
    offset += character.length;
  }
  return undefined;
}
