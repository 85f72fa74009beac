import type { Bound } from './engine.ts';
import type { FieldValue, SqlParameter } from './request.ts';
import { DataApiError } from './service-error.ts';

/** What each field is bound as: the service binds with explicit types, a string as `text`. */
const OID = { string: 25, long: 20, double: 701, boolean: 16, blob: 17, null: 0 } as const;

interface Hint {
  readonly oid: number;
  /** The form the service accepts, where it says so (API_SqlParameter). */
  readonly format?: { readonly pattern: RegExp; readonly text: string };
}

const HINTS: Readonly<Record<string, Hint>> = {
  UUID: { oid: 2950 },
  JSON: { oid: 114 },
  DECIMAL: { oid: 1700 },
  DATE: { oid: 1082, format: { pattern: /^\d{4}-\d\d-\d\d$/, text: 'YYYY-MM-DD' } },
  TIME: {
    oid: 1083,
    format: { pattern: /^\d\d:\d\d:\d\d(\.\d{1,3})?$/, text: 'HH:MM:SS[.FFF]' },
  },
  TIMESTAMP: {
    oid: 1114,
    format: {
      pattern: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/,
      text: 'YYYY-MM-DD HH:MM:SS[.FFF]',
    },
  },
};

/** Binds a statement's placeholders by name, each occurrence by itself. Parameters without one are passed over. */
export function bindAll(
  names: readonly string[],
  parameters: readonly SqlParameter[],
): readonly Bound[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, bind(parameter)]));
  return names.map((name) => {
    const bound = byName.get(name);
    if (!bound) {
      throw new DataApiError('ValidationException', `Named parameter '${name}' is not set.`);
    }
    return bound;
  });
}

function bind({ name, value, typeHint }: SqlParameter): Bound {
  if (value === undefined) {
    throw new DataApiError('ValidationException', `Parameter '${name}' has no value.`);
  }
  switch (value.kind) {
    case 'array':
      throw new DataApiError('ValidationException', 'Array parameters are not supported.');
    case 'null':
      return { oid: OID.null, text: null };
    case 'string':
      return typeHint === undefined
        ? { oid: OID.string, text: value.text }
        : hinted(name, value.text, typeHint);
    case 'boolean':
      return { oid: OID.boolean, text: value.value ? 't' : 'f' };
    case 'blob':
      return { oid: OID.blob, text: hexOf(value) };
    default:
      return { oid: OID[value.kind], text: value.text };
  }
}

function hinted(name: string, text: string, typeHint: string): Bound {
  const { oid, format } = HINTS[typeHint] as Hint;
  if (format && !format.pattern.test(text)) {
    throw new DataApiError(
      'ValidationException',
      `Parameter '${name}' is not of the format ${format.text} that the type hint ${typeHint} asks for.`,
    );
  }
  return { oid, text };
}

function hexOf({ text }: FieldValue & { readonly kind: 'blob' | 'string' | 'long' | 'double' }) {
  return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
}
