import { checkLabels, type TextDecoder, textDecoder, undecodable, type Value } from './decode.ts';

/** What `pg` answers in `rowMode: 'array'` with every value left as text. */
export interface RawResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface DecodedResult {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: Record<string, Value>[];
}

/** Built-in types by OID; `src/include/catalog/pg_type.dat` of PostgreSQL. Others, enums among them, are text. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  16: 'bool',
  17: 'bytea',
  20: 'int8',
  21: 'int2',
  23: 'int4',
  26: 'oid',
  700: 'float4',
  701: 'float8',
  1114: 'timestamp',
  1184: 'timestamptz',
  199: '_json',
  1000: '_bool',
  1001: '_bytea',
  1005: '_int2',
  1007: '_int4',
  1009: '_text',
  1014: '_bpchar',
  1015: '_varchar',
  1016: '_int8',
  1021: '_float4',
  1022: '_float8',
  1115: '_timestamp',
  1182: '_date',
  1183: '_time',
  1185: '_timestamptz',
  1231: '_numeric',
  2951: '_uuid',
  3807: '_jsonb',
};

/** Rows of a direct connection with the same values that the Data API's have. */
export function decodeResult({ command, rowCount, fields, rows }: RawResult): DecodedResult {
  checkLabels(fields.map((field) => field.name));
  const decoders = fields.map((field) => columnDecoder(field.dataTypeID, field.name));
  return {
    command,
    rowCount: rowCount ?? 0,
    rows: rows.map((row) =>
      Object.fromEntries(
        row.map((text, i) => [
          fields[i]?.name as string,
          text === null ? null : (decoders[i] as TextDecoder)(text),
        ]),
      ),
    ),
  };
}

function columnDecoder(oid: number, label: string): TextDecoder {
  const name = TYPE_NAMES[oid] ?? 'text';
  if (!name.startsWith('_')) return textDecoder(name, label);
  const element = textDecoder(name.slice(1), label);
  return (text) => splitArray(text, label).map((value) => (value === null ? null : element(value)));
}

/** Elements of `{a,"b, c",NULL}`. https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO */
function splitArray(text: string, label: string): (string | null)[] {
  const elements: (string | null)[] = [];
  if (text === '{}') return elements;
  // Bounds other than from 1 are printed before it, as in `[0:1]={a,b}`.
  let at = text.indexOf('{') + 1;
  while (at < text.length) {
    if (text[at] === '{') throw undecodable(label, 'an array of arrays');
    let value = '';
    const quoted = text[at] === '"';
    if (quoted) at += 1;
    while (quoted ? text[at] !== '"' : text[at] !== ',' && text[at] !== '}') {
      if (text[at] === '\\') at += 1;
      value += text[at];
      at += 1;
    }
    elements.push(!quoted && value === 'NULL' ? null : value);
    at += quoted ? 2 : 1;
  }
  return elements;
}
