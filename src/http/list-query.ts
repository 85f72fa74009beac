import {
  type ArticleQuery,
  type CountMode,
  type CursorValues,
  defaultOrder,
  type FieldMask,
  type FieldRegistry,
  type Filter,
  type InputFault,
  invalid,
  JsonText,
  MAX_SKIP,
  type OrderKey,
  PAGE_SIZE,
  parseFields,
  parseFilter,
  parseOrderBy,
  printFilter,
  printOrderBy,
  type Registry,
  readJsonFilter,
  type Timestamp,
  timestampFromMs,
  USUAL_FIELDS,
  usesText,
  wantedPaths,
  wants,
} from '../domain/index.ts';
import type { Wanted } from '../facade/index.ts';
import { demandScope } from './access.ts';
import { readInclude } from './include.ts';
import { MAX_SEARCH_BYTES } from './limits.ts';
import type { TokenPlace } from './page-token.ts';
import type { QueryParameters } from './query-parameters.ts';
import type { Exchange, Services } from './route.ts';

export const LIST_OP = 'http.list';
export const COUNTS = [
  'none',
  'capped',
  'exact',
  'estimate',
] as const satisfies readonly CountMode[];

/** Parameters of a list, and members of the body that asks for one. */
export const LIST_PARAMETERS = [
  'filter',
  'orderBy',
  'pageSize',
  'pageToken',
  'skip',
  'count',
  'include',
  'fields',
  'q',
  'explain',
  'allowSlow',
] as const;

/** A query as it was written, in the URL or in a body. */
export interface WrittenQuery {
  readonly filter?: string | JsonText;
  readonly orderBy?: string | readonly string[];
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly skip?: number;
  readonly count?: CountMode;
  readonly include?: string | readonly string[];
  readonly fields?: string | readonly string[];
  readonly q?: string;
  readonly explain?: boolean;
  readonly allowSlow?: boolean;
}

/** Where the members of a written query stand. */
type Places = (name: (typeof LIST_PARAMETERS)[number]) => TokenPlace;

/** A list, ready to be asked for. */
export interface ListRequest {
  readonly query: ArticleQuery;
  readonly wanted: Wanted;
  readonly mask: FieldMask;
  /** Makes the token of the page that goes on after these values; `now` is what relative times count from, if not from the request's. */
  tokenAfter(values: CursorValues, now?: Timestamp): string;
}

/** Reads the query string of a list, its names as `registry` has them. Errors: `invalid`, `forbidden`. */
export function readListParameters(
  exchange: Exchange,
  services: Services,
  registry: Registry,
): ListRequest {
  return toRequest(fromParameters(exchange.query), inUrl, exchange, services, registry);
}

/** Reads what the body of a list asks for, its names as `registry` has them. Errors: `invalid`, `forbidden`. */
export function readListBody(
  written: WrittenQuery,
  exchange: Exchange,
  services: Services,
  registry: Registry,
): ListRequest {
  return toRequest(written, inBody, exchange, services, registry);
}

const inUrl: Places = (name) => ({ parameter: name });
const inBody: Places = (name) => ({ pointer: `/${name}` });

function fromParameters(query: QueryParameters): WrittenQuery {
  const written = {
    filter: query.text('filter'),
    orderBy: query.text('orderBy'),
    pageSize: query.integer('pageSize', { min: 1 }),
    pageToken: query.text('pageToken'),
    skip: query.integer('skip', { min: 0, max: MAX_SKIP }),
    count: query.oneOf('count', COUNTS),
    include: query.text('include'),
    fields: query.text('fields'),
    q: query.text('q'),
    explain: query.flag('explain'),
    allowSlow: query.flag('allowSlow'),
  };
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as WrittenQuery;
}

/** The size of a page: what is over the limit becomes the limit (AIP-158). */
export function pageSizeOf(given: number | undefined): number {
  return Math.min(given ?? PAGE_SIZE.default, PAGE_SIZE.max);
}

function toRequest(
  written: WrittenQuery,
  places: Places,
  { caller, prefer }: Exchange,
  { clock, tokens }: Services,
  registry: Registry,
): ListRequest {
  if (written.explain) demandScope(caller, 'admin');
  const filter = readFilter(written.filter, registry, places);
  const text = readSearch(written.q, places);
  const orderBy = readOrder(written.orderBy, registry, places, {
    searches: text !== undefined || (filter !== undefined && usesText(filter)),
  });
  const mask =
    written.fields === undefined
      ? USUAL_FIELDS
      : (parseFields(written.fields, registry, places('fields')) ?? USUAL_FIELDS);
  const question = JSON.stringify([
    'articles',
    filter === undefined ? null : printFilter(filter),
    text ?? null,
    printOrderBy(orderBy),
  ]);
  const { pageToken, skip } = written;
  if (pageToken !== undefined && skip !== undefined) {
    const detail = 'cannot stand beside pageToken';
    throw refuse({ ...places('skip'), code: 'not_allowed_here', detail }, 'skip');
  }
  const position =
    pageToken === undefined
      ? { now: timestampFromMs(clock.now()) }
      : (tokens.open(question, pageToken, places('pageToken')) as Position);
  return {
    query: {
      registry,
      orderBy,
      pageSize: pageSizeOf(written.pageSize),
      skip: skip ?? 0,
      count: written.count ?? 'none',
      now: position.now,
      ...(written.explain ? { explain: true } : {}),
      ...(written.allowSlow ? { allowSlow: true } : {}),
      ...(filter === undefined ? {} : { filter }),
      ...(text === undefined ? {} : { text }),
      ...(position.after === undefined ? {} : { after: position.after }),
    },
    wanted: readWanted(written.include, mask, prefer.strict, places('include')),
    mask,
    tokenAfter: (after, now = position.now) =>
      tokens.issue(question, { now, after } satisfies Position),
  };
}

/** Where a page ended, and what its relative times counted from: they mean the same on every page. */
interface Position {
  readonly now: Timestamp;
  readonly after?: CursorValues;
}

/** What a reader wants joined. `fields` that name `aiOutputs`, or some of them, ask for those, unless `include` says which. */
export function readWanted(
  include: string | readonly string[] | undefined,
  mask: FieldMask,
  strict: boolean,
  place?: TokenPlace,
): Wanted {
  const kinds = readInclude(include, place);
  return {
    include:
      kinds === 'none' && wants(mask, 'aiOutputs')
        ? (wantedPaths(mask, 'aiOutputs')?.map(([kind = '']) => kind) ?? 'all')
        : kinds,
    body: wants(mask, 'body'),
    strict,
  };
}

function readFilter(
  given: string | JsonText | undefined,
  registry: FieldRegistry,
  places: Places,
): Filter | undefined {
  if (given === undefined) return undefined;
  return given instanceof JsonText
    ? readJsonFilter(given, registry, '/filter')
    : parseFilter(given, registry, places('filter'));
}

function readOrder(
  given: string | readonly string[] | undefined,
  registry: FieldRegistry,
  places: Places,
  { searches }: { readonly searches: boolean },
): readonly OrderKey[] {
  const order = given === undefined ? undefined : parseOrderBy(given, registry, places('orderBy'));
  if (!searches && order?.some(({ by }) => by.kind === 'relevance')) {
    const detail = 'can hold relevance only where q or text() searches for something';
    throw refuse({ ...places('orderBy'), code: 'not_allowed_here', detail }, 'orderBy');
  }
  return order ?? defaultOrder(searches);
}

/** Words to search for; blank ones count as not given. Errors: `invalid`. */
export function readSearch(given: string | undefined, places: Places = inUrl): string | undefined {
  const text = given?.trim() ?? '';
  if (text === '') return undefined;
  if (text.includes('\0')) {
    throw refuse({ ...places('q'), code: 'nul', detail: 'must not hold a NUL' }, 'q');
  }
  if (Buffer.byteLength(text) > MAX_SEARCH_BYTES) {
    const detail = `may have at most ${MAX_SEARCH_BYTES} bytes of UTF-8`;
    throw refuse({ ...places('q'), code: 'too_long', detail }, 'q');
  }
  return text;
}

function refuse(fault: InputFault, name: string): Error {
  return invalid(LIST_OP, `${name} ${fault.detail}.`, [fault]);
}
