import type { OpenApiDocument } from '../../../src/http/index.ts';

export type Random = () => number;

/** The words of a JSON Schema that values are made by. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const ODD = [...'äß漢字🦊"\\/\'<>&%\u2028\u200f \t'];

/** What a schema does not say of its strings, by the name of the member or parameter. */
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  language: ['en', 'de-AT', 'zh-Hant', 'sr-Latn-RS'],
  filter: [
    'language = "en"',
    'title:"a" AND NOT section = "sport"',
    'publishedAt > now-7d OR rev >= 2',
    'source:("a","b")',
    'url:*',
    'text("ferry -bus")',
    'id != "a*"',
  ],
  orderBy: ['title', 'publishedAt desc, id', 'rev desc, updatedAt', 'ingestedAt asc'],
  groupBy: ['source', 'month', 'topics,week', 'language,section'],
  compute: ['count'],
  groupOrder: ['key', 'key desc', 'count desc', 'count desc, key'],
  include: ['*', 'summary', 'summary,entities', 'none-such'],
  fields: ['title', 'title,topics.key,attributes.a.b', '*,body', 'source.name'],
  kinds: ['similar', 'similar,follows-up'],
  q: ['ferry', '"night library" or -bus', 'مقال', '漢字 OR x'],
  kind: ['summary', 'similar', 'k-1_x'],
  country: ['GB', 'DE'],
  otherId: ['f-0', 'f-1', 'f-2'],
  runId: ['run-1', 'run-2', 'run/%3'],
};

/** Bodies whose members depend on each other. */
const BODIES: Readonly<Record<string, readonly object[]>> = {
  ProjectionInput: [
    { kind: 'summary', target: { type: 'metric', valueType: 'number' }, select: ['$.a', '$..b'] },
    { kind: 'summary', target: { type: 'metric', valueType: 'string' }, select: ['$[0]'] },
    { kind: 'entities', target: { type: 'topics' }, each: '$.e[*]', key: '$.k', label: '$.l' },
    { kind: 'near', target: { type: 'relations', relation: 'similar' }, each: '$[*]', to: '$.id' },
  ],
  PreviewInput: [{ output: { a: 1 } }, { output: null }, { articleId: 'f-0' }],
};

/** Members that every member of a list of articles or items must differ in. */
const FRESH = new Set(['url', 'id', 'key']);

export const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

/** Makes values that fit schemas of a document. */
export class Values {
  readonly #document: OpenApiDocument;
  readonly #random: Random;
  #count = 0;

  constructor(document: OpenApiDocument, random: Random) {
    this.#document = document;
    this.#random = random;
  }

  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const name = schema.$ref.split('/').pop() ?? '';
    return this.#document.components.schemas?.[name] as Schema;
  }

  /** A value that fits, and that the service takes: `name` says what it is for. */
  fitting(given: Schema, name = ''): unknown {
    const random = this.#random;
    const schema = this.resolve(given);
    const bodies = BODIES[given.$ref?.split('/').pop() ?? ''];
    if (bodies !== undefined) return structuredClone(pick(random, bodies));
    const samples = SAMPLES[name];
    if (samples !== undefined) return pick(random, samples);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return pick(random, schema.enum);
    if (schema.anyOf !== undefined) return this.fitting(pick(random, schema.anyOf), name);
    const type = pick(random, [schema.type ?? 'any'].flat());
    switch (type) {
      case 'string':
        return this.#text(schema, name);
      case 'integer':
        return Math.floor(this.#number(schema, 40));
      case 'number':
        return this.#number(schema, 1_000);
      case 'boolean':
        return random() < 0.5;
      case 'null':
        return null;
      case 'array': {
        const length = Math.floor(random() * Math.min(4, schema.maxItems ?? 4));
        return Array.from({ length }, () => this.fitting(schema.items ?? {}, singular(name)));
      }
      case 'object':
        return schema.properties === undefined ? this.#members(2) : this.#object(schema);
      default:
        return this.anything(3);
    }
  }

  #object({ properties = {}, required = [] }: Schema): Record<string, unknown> {
    const chosen = Object.entries(properties).filter(
      ([name]) => name !== 'pageToken' && (required.includes(name) || this.#random() < 0.4),
    );
    return Object.fromEntries(chosen.map(([name, member]) => [name, this.fitting(member, name)]));
  }

  #number({ minimum = 0, maximum }: Schema, usual: number): number {
    const most = Math.min(maximum ?? usual, minimum + usual);
    return minimum + this.#random() * (most - minimum);
  }

  #text({ format, pattern, minLength = 0, maxLength = 40 }: Schema, name: string): string {
    if (format === 'date-time') {
      const at = new Date(this.#random() * 4e12).toISOString();
      return pick(this.#random, [at, at.replace('Z', '+05:30'), at.replace(/\.\d+Z/, '.123456Z')]);
    }
    if (format === 'uri') return `https://fuzz.example/${this.#word(12)}/${this.#count++}`;
    const own = FRESH.has(name) ? `${this.#word(6)}${this.#count++}` : this.#word(10);
    if (pattern !== undefined && !pattern.includes('Cc')) return `a${own}`;
    const odd = this.#random() < 0.3 ? pick(this.#random, ODD.slice(0, 13)) : '';
    return `${own}${odd}`.slice(0, Math.max(minLength, Math.min(maxLength, 60))) || 'x';
  }

  #word(length: number): string {
    const random = this.#random;
    return Array.from({ length: 1 + Math.floor(random() * length) }, () =>
      pick(random, LETTERS),
    ).join('');
  }

  /** Any JSON of such a depth. */
  anything(depth: number): unknown {
    const random = this.#random;
    const kind = random();
    if (depth > 0 && kind < 0.25) return this.#members(depth - 1);
    if (depth > 0 && kind < 0.45) {
      return Array.from({ length: Math.floor(random() * 4) }, () => this.anything(depth - 1));
    }
    return pick<unknown>(random, [
      null,
      true,
      0,
      -1.5e-9,
      1e300,
      '',
      `${this.#word(8)}${pick(random, ODD)}`,
    ]);
  }

  #members(depth: number): Record<string, unknown> {
    const count = Math.floor(this.#random() * 4);
    return Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${this.#word(6)}${n}`, this.anything(depth)]),
    );
  }

  #typesOf(given: Schema): readonly string[] {
    const { anyOf, type = [] } = this.resolve(given);
    return anyOf?.flatMap((one) => this.#typesOf(one)) ?? [type].flat();
  }

  /** A value of another type than the schema has. */
  strange(given: Schema): unknown {
    const all = this.#typesOf(given);
    const candidates: readonly [string, unknown][] = [
      ['string', 'text'],
      ['number', 12.5],
      ['boolean', true],
      ['array', [[]]],
      ['object', { strange: 1 }],
    ];
    const fitting = candidates.filter(
      ([type]) => !all.includes(type) && !(type === 'number' && all.includes('integer')),
    );
    return pick(this.#random, fitting)[1];
  }
}

function singular(name: string): string {
  return name === 'articles' || name === 'items' ? '' : name.replace(/s$/, '');
}
