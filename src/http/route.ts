import type { Clock, Context, NewId } from '../domain/index.ts';
import type { Status, Tandem } from '../facade/index.ts';
import type { Caller, Scope } from './access.ts';
import type { ReceivedBody } from './body.ts';
import type { KeysAtWork } from './idempotency-key.ts';
import type { PageTokens } from './page-token.ts';
import type { PathParameter } from './path-parameters.ts';
import type { Preferences } from './prefer.ts';
import type { QueryParameters } from './query-parameters.ts';

/** One request as its handler sees it: everything but the body's content is checked. */
export interface Exchange<Parameter extends PathParameter = never> {
  readonly request: Request;
  readonly ctx: Context;
  readonly path: { readonly [name in Parameter]: string };
  readonly query: QueryParameters;
  /** Empty where the route takes none. */
  readonly body: ReceivedBody;
  readonly prefer: Preferences;
  /** Undefined where access is open. */
  readonly caller: Caller | undefined;
}

/** What handlers work with; one for all requests of an app. */
export interface Services {
  readonly tandem: Tandem;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly tokens: PageTokens;
  readonly keysAtWork: KeysAtWork;
  /** Absent where nobody keeps a ledger. */
  readonly status: Status | undefined;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** With parameters in braces: `/v1/articles/{id}`. */
  readonly path: string;
  readonly access: Scope | 'open';
  /** Parameters of the query string. Absent: any, ignored. */
  readonly query?: readonly string[];
  /** Media type of the body; absent where none is read. */
  readonly takes?: string;
  /** Media type of a success; absent where it has no content. */
  readonly gives?: string;
  /** Changes nothing, though its method says that it may. */
  readonly reads?: true;
  handle(exchange: Exchange<PathParameter>, services: Services): Promise<Response>;
}

/** Whether a route takes or gives page tokens. */
export function usesPageTokens({ query, reads }: Route): boolean {
  return reads === true || query?.includes('pageToken') === true;
}

/** The parameters that a path names. */
type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? (Name & PathParameter) | ParametersOf<Rest>
  : never;

/** A route whose handler sees exactly the parameters that its path names. */
export function route<const Path extends string>(
  spec: Omit<Route, 'path' | 'handle'> & {
    readonly path: Path;
    readonly handle: (
      exchange: Exchange<ParametersOf<Path>>,
      services: Services,
    ) => Promise<Response>;
  },
): Route {
  return spec;
}
