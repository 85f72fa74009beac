import type { Operations } from './contract.ts';
import { TandemError } from './tandem-error.ts';

export type OperationName = keyof Operations;

/** What an operation is given. A body may be JSON text as well: its digits and names go as they stand. */
export type Input<Name extends OperationName> = Part<Name, 'path'> &
  Partial<Part<Name, 'query'> & Part<Name, 'header'>> &
  (Operations[Name] extends { readonly body: infer Body }
    ? { readonly body: Body | string }
    : object) & {
    readonly signal?: AbortSignal;
  };

type Part<Name extends OperationName, Place extends string> =
  Operations[Name] extends Record<Place, infer Members>
    ? { readonly [P in Place]: Members }
    : object;

type Answers<Name extends OperationName> = Operations[Name]['answers'];

/** A success, by its status. `text` is the content as it came. */
export type Answer<Name extends OperationName> = {
  [Status in keyof Answers<Name>]: {
    readonly status: Status;
    readonly body: Answers<Name>[Status];
    readonly text: string;
    readonly headers: Headers;
  };
}[keyof Answers<Name>];

/** Answers without being read: for who deals with failures and text by himself. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface TandemOptions {
  /** Such as `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  /** Bearer token, or what gets one. */
  readonly token?: string | (() => Promise<string>);
  /** How long one request may take, in milliseconds; longer than the service's own 30 s unless given. */
  readonly timeoutMs?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

export interface Tandem {
  /**
   * Sends one request and reads its answer. Rejects with `TandemError` for an answer from 400 on, and as
   * `fetch` does where there is none. Sends nothing twice.
   */
  call<Name extends OperationName>(name: Name, input: Input<Name>): Promise<Answer<Name>>;

  /** The same without judging the answer. */
  send<Name extends OperationName>(name: Name, input: Input<Name>): Promise<RawAnswer>;
}

const TIMEOUT_MS = 60_000;

/** Makes a client of a running service. Connects nothing yet. */
export function createTandem(options: TandemOptions): Tandem {
  const base = options.baseUrl.replace(/\/+$/, '');
  const { fetch: fetchIt = fetch, timeoutMs = TIMEOUT_MS } = options;

  async function authorization(): Promise<Record<string, string>> {
    const { token } = options;
    const text = typeof token === 'function' ? await token() : token;
    return text === undefined ? {} : { authorization: `Bearer ${text}` };
  }

  async function send(name: OperationName, input: LooseInput): Promise<RawAnswer> {
    const [method = '', template = ''] = name.split(' ');
    const { path = {}, query = {}, header = {}, body, signal } = input;
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetchIt(base + fill(template, path) + search(query), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': typeOfBody(method) }),
        ...options.headers,
        ...(await authorization()),
        ...header,
      },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  return {
    send: (name, input) => send(name, input as LooseInput),

    async call<Name extends OperationName>(name: Name, input: Input<Name>) {
      const { status, headers, text } = await send(name, input as LooseInput);
      if (status >= 400) throw new TandemError(status, text, headers);
      const type = headers.get('content-type') ?? '';
      const isJson = /\bjson\b/.test(type) && !type.includes('ndjson');
      const body: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text;
      return { status, headers, text, body } as unknown as Answer<Name>;
    },
  };
}

/** An input as it is at run time. */
interface LooseInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

function fill(template: string, path: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name];
    // "." and ".." would lead to another path, and no id is one.
    if (value === undefined || /^\.{0,2}$/.test(value)) throw new TypeError(`${name} is missing.`);
    return encodeURIComponent(value);
  });
}

function search(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}

function typeOfBody(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
