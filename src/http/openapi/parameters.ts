import { MAX_SKIP, PAGE_SIZE } from '../../domain/index.ts';
import { MAX_WAIT_SECONDS, RELATED_LIMIT } from '../limits.ts';

/** A JSON Schema, as it stands in the document. */
export type JsonSchema = { readonly [word: string]: unknown };

export interface ParameterDoc {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

const text: JsonSchema = { type: 'string' };
const flag: JsonSchema = { type: 'string', enum: ['true', 'false'] };
const whole = (minimum: number, maximum?: number): JsonSchema => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});

/** Parameters of query strings by name; an operation may say more precisely what one means to it. */
export const QUERY_PARAMETERS: Readonly<Record<string, ParameterDoc>> = {
  filter: {
    description:
      'Which ones: the unambiguous part of [AIP-160](https://google.aip.dev/160). `= != < <= > >= :`, `AND OR NOT ( )`, `field:*` (is present), `field:("a","b")` (one of), `text("…")`, dates, `now-7d`. At most 4,096 bytes.',
    schema: text,
    example: 'language = "en" AND publishedAt > now-7d',
  },
  orderBy: {
    description: 'Up to three fields, each `asc` (default) or `desc`. Missing values come last.',
    schema: text,
    example: 'publishedAt desc, title',
  },
  pageSize: {
    description: `How many; more than ${PAGE_SIZE.max} becomes ${PAGE_SIZE.max}.`,
    schema: { ...whole(1), default: PAGE_SIZE.default },
    example: 20,
  },
  pageToken: {
    description:
      '`nextPageToken` of the page before. Good for the same question only; altered, or used for another one, it is refused.',
    schema: text,
  },
  skip: {
    description: 'Leaves out so many; not beside `pageToken`.',
    schema: whole(0, MAX_SKIP),
  },
  count: {
    description:
      'Whether `totalSize` comes: `capped` counts up to 1,000, `estimate` asks the planner.',
    schema: { type: 'string', enum: ['none', 'capped', 'exact', 'estimate'], default: 'none' },
  },
  include: {
    description: 'Kinds of AI outputs to join, with commas between them; `*` for all.',
    schema: text,
    example: 'summary,entities',
  },
  fields: {
    description:
      'Members to come, with commas between them; dots lead into members, `*` stands for the usual ones. `id` always comes, `body` only when named.',
    schema: text,
    example: 'title,publishedAt,attributes.desk',
  },
  q: {
    description:
      'Words to search for: `"phrases"`, `or`, `-not`, stemmed by the language of each article.',
    schema: text,
    example: '"night library" or ferry -bus',
  },
  kinds: {
    description: 'Kinds of relations to look at, with commas between them; all unless given.',
    schema: text,
  },
  limit: {
    description: 'How many at most.',
    schema: { ...whole(1, RELATED_LIMIT.max), default: RELATED_LIMIT.default },
  },
  kind: { description: 'Only of this kind.', schema: text, example: 'similar' },
  direction: {
    description: 'Seen from the article.',
    schema: { type: 'string', enum: ['both', 'out', 'in'], default: 'both' },
  },
  version: { description: 'Which version; the latest unless given.', schema: whole(1) },
  onlyNew: {
    description: '`true`: makes no version where any stored one has the same output and producer.',
    schema: flag,
  },
  traffic: { description: '`true` adds the traffic of four weeks, by day.', schema: flag },
  explain: { description: '`true` tells how the query ran (admin).', schema: flag },
  allowSlow: {
    description: '`true` runs a query that sorts many rows without an index.',
    schema: flag,
  },
  groupBy: {
    description:
      'One or two of `source language section topics authors day week month`; one group without it.',
    schema: text,
    example: 'source,month',
  },
  compute: {
    description: '`count`, and of a metric `avg min max sum p50 p95`, with commas between them.',
    schema: text,
    example: 'count,avg(metrics.readability)',
  },
  prefix: { description: 'Only keys that begin so.', schema: text },
  type: { description: 'Only of this type.', schema: text },
};

/** Parameters of paths by name. */
export const PATH_PARAMETERS: Readonly<Record<string, ParameterDoc>> = {
  id: {
    description: 'Id of the article.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$' },
    example: 'wrenport-ferry-returns',
  },
  otherId: {
    description: 'Id of the other article.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$' },
    example: 'wrenport-ferry-stops',
  },
  kind: {
    description: 'Kind of the output or of the relation.',
    schema: { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,63}$' },
    example: 'summary',
  },
  name: {
    description: 'Name of the projection.',
    schema: { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,63}$' },
    example: 'readability',
  },
  key: {
    description: 'Key of the source.',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
    example: 'the-wren',
  },
  runId: {
    description: 'Id of the run.',
    schema: { type: 'string', pattern: '^[!-~]{1,128}$' },
    example: 'run-2026-03-01',
  },
};

/** Headers of requests by name. */
export const HEADERS = {
  'If-Match': {
    description: 'Entity tag of what is to be changed, or `*`; another state answers 412.',
    schema: text,
    example: '"r3"',
  },
  'If-None-Match': {
    description: 'Reads: a tag that is known answers 304. Writes: `*` demands that there be none.',
    schema: text,
  },
  'Idempotency-Key': {
    description:
      'The same key and body replay the first answer, for 24 hours, with `Idempotency-Replayed: true`.',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  },
  Prefer: {
    description: `\`wait=N\` (at most ${MAX_WAIT_SECONDS}): seconds to wait for a sleeping Aurora. \`handling=strict\`: no partial answer.`,
    schema: text,
    example: 'wait=10',
  },
} as const satisfies Readonly<Record<string, ParameterDoc>>;

export type HeaderName = keyof typeof HEADERS;
