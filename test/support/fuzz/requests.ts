import type { OpenApiDocument } from '../../../src/http/index.ts';
import { pick, type Random, type Schema, Values } from './values.ts';

/** A request as it goes out, and what it was made by. */
export interface FuzzRequest {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What was broken; absent in a good one. */
  readonly broken?: string;
}

interface Draft {
  readonly operation: string;
  readonly method: string;
  path: string;
  query: [string, string][];
  headers: Record<string, string>;
  body?: unknown;
  text?: string | Uint8Array;
  readonly bodySchema?: Schema;
  readonly hasQuery: readonly { readonly name: string; readonly schema: Schema }[];
  /** Names of the headers that the operation reads, in lower case. */
  readonly hasHeaders: readonly string[];
}

const ARTICLE = '/v1/articles/{id}';
const MAKING_SHARE = 0.2;

/** Requests out of an OpenAPI document: good ones, and ones with one thing wrong. */
export class Requests {
  readonly #random: Random;
  readonly #values: Values;
  readonly #operations: (() => Draft)[];
  readonly #making: () => Draft;
  #count = 0;

  constructor(document: OpenApiDocument, random: Random) {
    this.#random = random;
    this.#values = new Values(document, random);
    const { put } = document.paths[ARTICLE] ?? {};
    if (put === undefined) throw new Error(`The document has no PUT ${ARTICLE}.`);
    this.#making = () => this.#draft(ARTICLE, 'PUT', put);
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          () =>
            this.#draft(path, method.toUpperCase(), operation),
      ),
    );
  }

  /** A request with nothing wrong in it. */
  good(): FuzzRequest {
    // Most operations need an article.
    const makes = this.#random() < MAKING_SHARE;
    return finish(makes ? this.#making() : pick(this.#random, this.#operations)());
  }

  /** A request with exactly one thing wrong. */
  broken(): FuzzRequest {
    for (;;) {
      const draft = pick(this.#random, this.#operations)();
      const way = pick(this.#random, WAYS);
      const broken = way.breakIt(draft, this.#values, this.#random);
      // Not every request can be broken in every way.
      if (broken) return { ...finish(draft), broken: way.name };
    }
  }

  #draft(
    path: string,
    method: string,
    { parameters = [], requestBody }: OpenApiDocument['paths'][string][string],
  ): Draft {
    const random = this.#random;
    const queries = parameters.filter((one) => one.in === 'query' && one.name !== 'pageToken');
    const chosen = queries.filter(() => random() < 0.3);
    const [content] = Object.entries(requestBody?.content ?? {});
    // Ids come back for a while, and then no more: a deleted one is gone for good.
    this.#count++;
    const first = Math.floor(this.#count / 200) * 4;
    const turn = Math.floor(random() * 4);
    const id = `f-${first + turn}`;
    const otherId = `f-${first + ((turn + 1) % 4)}`;
    const schemaOf = (name: string): Schema =>
      (parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {}) as Schema;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      name === 'id'
        ? id
        : name === 'otherId'
          ? otherId
          : encodeURIComponent(
              String(pick(random, NAMES[name] ?? [this.#values.fitting(schemaOf(name), name)])),
            ),
    );
    const body = content && this.#values.fitting(content[1].schema as Schema);
    if (typeof body === 'object' && body !== null && path.includes('{id}')) {
      delete (body as Record<string, unknown>).id;
    }
    return {
      operation: `${method} ${path}`,
      method,
      path: filled,
      query: chosen.map(({ name, schema }) => [
        name,
        String(this.#values.fitting(schema as Schema, meaningOf(path, name))),
      ]),
      headers: content === undefined ? {} : { 'content-type': content[0] },
      ...(content === undefined ? {} : { body, bodySchema: content[1].schema as Schema }),
      hasQuery: queries.map(({ name, schema }) => ({ name, schema: schema as Schema })),
      hasHeaders: parameters
        .filter((one) => one.in === 'header')
        .map(({ name }) => name.toLowerCase()),
    };
  }
}

/** Groups are sorted by other names than articles. */
/** Few enough that what one request makes, another finds. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  name: ['readability', 'tone-2', 'places'],
  key: ['the-wren', 'a/b é'],
};

function meaningOf(path: string, name: string): string {
  return path === '/v1/aggregations' && name === 'orderBy' ? 'groupOrder' : name;
}

interface Way {
  readonly name: string;
  /** Breaks the draft; false where it has nothing that breaks so. */
  breakIt(draft: Draft, values: Values, random: Random): boolean;
}

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isContract = ({ path }: Draft): boolean => path.startsWith('/v1');

const WAYS: readonly Way[] = [
  {
    name: 'an unknown parameter',
    breakIt: (draft) => isContract(draft) && draft.query.push(['colour', 'red']) > 0,
  },
  {
    name: 'a parameter given twice',
    breakIt(draft) {
      const [first] = draft.query;
      if (!isContract(draft) || first === undefined) return false;
      draft.query.push(first);
      return true;
    },
  },
  {
    name: 'a number out of its range',
    breakIt(draft, _values, random) {
      const numbers = draft.hasQuery.filter(({ schema }) => schema.type === 'integer');
      if (numbers.length === 0) return false;
      const { name, schema } = pick(random, numbers);
      const value = pick(random, ['x', '1.5', '', String((schema.minimum ?? 0) - 1)]);
      draft.query = [...draft.query.filter(([other]) => other !== name), [name, value]];
      return true;
    },
  },
  {
    name: 'a word that is no choice',
    breakIt(draft, _values, random) {
      const choices = draft.hasQuery.filter(({ schema }) => schema.enum !== undefined);
      if (choices.length === 0) return false;
      const { name } = pick(random, choices);
      draft.query = [...draft.query.filter(([other]) => other !== name), [name, 'maybe']];
      return true;
    },
  },
  {
    name: 'a filter that is none',
    breakIt(draft, _values, random) {
      if (!draft.hasQuery.some(({ name }) => name === 'filter')) return false;
      const bad = ['langage = "en"', 'title = ', 'a AND', '((title:*)', 'rev > "x"', '"', '-title'];
      draft.query = [
        ...draft.query.filter(([name]) => name !== 'filter'),
        ['filter', pick(random, bad)],
      ];
      return true;
    },
  },
  {
    name: 'a token that was not given out',
    breakIt(draft) {
      if (!/articles$|versions$|relations$|export$/.test(draft.path) || draft.method !== 'GET') {
        return false;
      }
      draft.query = [['pageToken', 'AXn2bm90LW91cnM']];
      return true;
    },
  },
  {
    name: 'an id that is none',
    breakIt(draft, _values, random) {
      if (!/\/f-\d+/.test(draft.path)) return false;
      const bad = ['%00', '%2e%2e%2fx', 'a%20b', `${'x'.repeat(129)}`, '%zz', '%ff', '-a', 'batch'];
      // A method that "batch" has is another route.
      const choice =
        draft.path.split('/').length > 4 || draft.method !== 'GET' ? bad : bad.slice(0, 7);
      draft.path = draft.path.replace(/\/f-\d+(?=\/|$)/, `/${pick(random, choice.slice(0, 7))}`);
      return true;
    },
  },
  {
    name: 'an unknown member',
    breakIt(draft) {
      if (!isMembers(draft.body)) return false;
      draft.body.colour = 'red';
      return true;
    },
  },
  {
    name: 'a member of another type',
    breakIt(draft, values, random) {
      if (!isMembers(draft.body) || draft.bodySchema === undefined) return false;
      const { properties = {} } = values.resolve(draft.bodySchema);
      // What takes any JSON takes this too.
      const typed = Object.entries(properties).filter(
        ([name, one]) => (one.type !== undefined || one.anyOf !== undefined) && name !== 'filter',
      );
      if (typed.length === 0) return false;
      const [name, schema] = pick(random, typed);
      draft.body[name] = values.strange(schema);
      return true;
    },
  },
  {
    name: 'a required member left out',
    breakIt(draft, values, random) {
      if (!isMembers(draft.body) || draft.bodySchema === undefined) return false;
      const { required = [] } = values.resolve(draft.bodySchema);
      if (required.length === 0) return false;
      delete draft.body[pick(random, required)];
      return true;
    },
  },
  {
    name: 'a member given twice',
    breakIt(draft) {
      if (!isMembers(draft.body)) return false;
      const [name] = Object.keys(draft.body);
      if (name === undefined) return false;
      const text = JSON.stringify(draft.body);
      draft.text = `${text.slice(0, -1)},${JSON.stringify(name)}:1}`;
      return true;
    },
  },
  {
    name: 'JSON cut short',
    breakIt(draft, _values, random) {
      if (draft.body === undefined) return false;
      const text = JSON.stringify(draft.body);
      draft.text = text.slice(0, 1 + Math.floor(random() * (text.length - 1)));
      return true;
    },
  },
  {
    name: 'bytes that are no UTF-8',
    breakIt(draft) {
      if (draft.body === undefined) return false;
      draft.text = Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d);
      return true;
    },
  },
  {
    name: 'no body',
    breakIt(draft) {
      if (draft.body === undefined) return false;
      draft.text = '';
      return true;
    },
  },
  {
    name: 'another content type',
    breakIt(draft) {
      if (draft.body === undefined) return false;
      draft.headers['content-type'] = 'text/plain';
      return true;
    },
  },
  {
    name: 'an answer in another type',
    breakIt(draft) {
      if (draft.method === 'DELETE') return false;
      draft.headers.accept = 'image/png';
      return true;
    },
  },
  {
    name: 'a tag that is none',
    breakIt(draft) {
      if (draft.method === 'GET' || !draft.hasHeaders.includes('if-match')) return false;
      draft.headers['if-match'] = 'r1';
      return true;
    },
  },
  {
    name: 'a key that is none',
    breakIt(draft) {
      if (!draft.hasHeaders.includes('idempotency-key')) return false;
      draft.headers['idempotency-key'] = 'a b';
      return true;
    },
  },
];

function finish({ operation, method, path, query, headers, body, text }: Draft): FuzzRequest {
  const search = query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    operation,
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers,
    ...(sent === undefined ? {} : { body: sent }),
  };
}
