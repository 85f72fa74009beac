import { escapeHtml } from './page-text.ts';
import type { JsonSchema } from './parameters.ts';

interface SchemaWords {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** A line of a schema's table. `type` is HTML. */
export interface SchemaRow {
  readonly path: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
}

/** A schema in a few words, as plain text. */
export function typeOf(schema: JsonSchema): string {
  return wordsOf(schema)
    .replace(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** Every member of a schema by its path, two levels deep; alternatives after each other. */
export function schemaRows(schema: JsonSchema, before = '', depth = 0): SchemaRow[] {
  const { properties = {}, required = [], anyOf = [], items } = schema as SchemaWords;
  const members = Object.entries(properties).flatMap(([name, member]): SchemaRow[] => {
    const path = `${before}${name}`;
    const { description = '' } = member as SchemaWords;
    const own = {
      path,
      type: wordsOf(member),
      description,
      required: required.includes(name),
    };
    return depth >= 2 ? [own] : [own, ...schemaRows(member, `${path}.`, depth + 1)];
  });
  const alternatives = anyOf.flatMap((one, index) =>
    schemaRows(one, before, depth).map((row, line) =>
      line === 0 && before === '' && anyOf.length > 1
        ? { ...row, description: `${row.description} (form ${index + 1})`.trim() }
        : row,
    ),
  );
  const inside = items === undefined ? [] : schemaRows(items, `${before.slice(0, -1)}[].`, depth);
  return [...members, ...alternatives, ...inside];
}

/** A schema in a few words, as HTML. */
function wordsOf(schema: JsonSchema): string {
  const words = schema as SchemaWords;
  if (words.$ref !== undefined) {
    const name = words.$ref.split('/').pop() ?? '';
    return `<a href="#schema-${name}">${escapeHtml(name)}</a>`;
  }
  if (words.const !== undefined) return escapeHtml(JSON.stringify(words.const));
  if (words.enum !== undefined) {
    return words.enum.map((value) => escapeHtml(JSON.stringify(value))).join(' | ');
  }
  if (words.anyOf !== undefined) {
    return [...new Set(words.anyOf.map((one) => wordsOf(one)))].join(' | ');
  }
  if (words.items !== undefined) return `list of ${wordsOf(words.items)}`;
  if (words.type === undefined) return 'any JSON';
  return [words.type].flat().join(' | ') + rangeOf(words);
}

function rangeOf({ minimum, maximum, minLength, maxLength, format, ...rest }: SchemaWords): string {
  if (format !== undefined) return ` (${escapeHtml(format)})`;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined || most !== undefined) return ` ${least ?? '…'} to ${most ?? '…'}`;
  if (maxLength !== undefined) return `, ${minLength ?? 0} to ${maxLength} characters`;
  const { additionalProperties } = rest;
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0) {
    return ` of ${wordsOf(additionalProperties)}`;
  }
  return '';
}
