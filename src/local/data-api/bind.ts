import type { Bound } from './engine.ts';
import { DataApiError } from './service-error.ts';

/** What each field is bound as: the service binds with explicit types, a string as `text`. */
const OID = { text: 25, int8: 20, float8: 701, bool: 16, bytea: 17, unknown: 0 } as const;

const HINT_OID: Readonly<Record<string, number>> = {
  UUID: 2950,
  DATE: 1082,
  TIME: 1083,
  TIMESTAMP: 1114,
  DECIMAL: 1700,
  JSON: 114,
};

/** Binds a statement's placeholders by name, each occurrence by itself. */
export function bindAll(names: readonly string[], parameters: unknown): Bound[] {
  if (names.length === 0 && !Array.isArray(parameters)) return [];
  const byName = new Map<string, Bound>();
  for (const parameter of Array.isArray(parameters) ? parameters : []) {
    const { name, value, typeHint } = (parameter ?? {}) as Record<string, unknown>;
    if (typeof name === 'string') byName.set(name, bind(name, value, typeHint));
  }
  return names.map((name) => {
    const bound = byName.get(name);
    if (!bound) {
      throw new DataApiError('ValidationException', `Named parameter '${name}' is not set.`);
    }
    return bound;
  });
}

function bind(name: string, value: unknown, typeHint: unknown): Bound {
  const field = (value ?? {}) as Record<string, unknown>;
  if (field.isNull === true) return { oid: OID.unknown, text: null };
  if (field.arrayValue !== undefined && field.arrayValue !== null) {
    throw new DataApiError('ValidationException', 'Array parameters are not supported.');
  }
  if (typeof field.stringValue === 'string') {
    const oid = typeof typeHint === 'string' ? HINT_OID[typeHint] : OID.text;
    if (oid === undefined) {
      throw new DataApiError('ValidationException', `Unknown type hint ${String(typeHint)}.`);
    }
    return { oid, text: field.stringValue };
  }
  if (typeof field.longValue === 'number' || typeof field.longValue === 'bigint') {
    return { oid: OID.int8, text: String(field.longValue) };
  }
  if (field.longValue instanceof ExactNumber) {
    return { oid: OID.int8, text: field.longValue.text };
  }
  if (typeof field.doubleValue === 'number' || typeof field.doubleValue === 'string') {
    return { oid: OID.float8, text: String(field.doubleValue) };
  }
  if (typeof field.booleanValue === 'boolean') {
    return { oid: OID.bool, text: field.booleanValue ? 't' : 'f' };
  }
  if (typeof field.blobValue === 'string') {
    return {
      oid: OID.bytea,
      text: `\\x${Buffer.from(field.blobValue, 'base64').toString('hex')}`,
    };
  }
  throw new DataApiError('ValidationException', `Parameter '${name}' has no value.`);
}

/** An integer that a double cannot hold, kept as its digits. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
