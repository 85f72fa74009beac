import type { HeaderName, ParameterDoc } from './parameters.ts';

/** One kind of success. */
export interface AnswerDoc {
  readonly description: string;
  /** Name of the schema of its content; absent where it has none, or is no JSON. */
  readonly schema?: string;
  readonly example?: unknown;
  readonly headers?: readonly string[];
}

/** What the document tells of a route beside what the route itself says. */
export interface OperationDoc {
  /** Name of the call in clients: camelCase. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** Markdown, a few sentences. */
  readonly description?: string;
  /** Query parameters that mean something of their own here. */
  readonly parameters?: Readonly<Record<string, ParameterDoc>>;
  readonly headers?: readonly HeaderName[];
  /** Name of the body's schema, with an example. */
  readonly body?: { readonly schema: string; readonly example: unknown };
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Statuses of failures that not every route has. */
  readonly problems?: readonly number[];
}

/** `METHOD path` as the table of routes has it. */
export type OperationKey = `${string} ${string}`;

export type Operations = Readonly<Record<OperationKey, OperationDoc>>;

/** Answer to a conditional read of something known already. */
export const NOT_MODIFIED: AnswerDoc = {
  description: 'It is as `If-None-Match` knows it.',
  headers: ['ETag'],
};
