/** A query, parsed and well-typed: RFC 9535 §2. */
export interface JsonPathQuery {
  /** Whether it begins at the root (`$`) or at the node that a filter looks at (`@`). */
  readonly from: 'root' | 'current';
  readonly segments: readonly Segment[];
}

export interface Segment {
  /** `..`: the selectors look at the node and at everything below it. */
  readonly descendant: boolean;
  readonly selectors: readonly Selector[];
}

export type Selector =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'index'; readonly index: number }
  | {
      readonly type: 'slice';
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly step: number;
    }
  | { readonly type: 'filter'; readonly where: Condition };

/** What a filter asks of a node: true or false. */
export type Condition =
  | { readonly type: 'or' | 'and'; readonly terms: readonly Condition[] }
  | { readonly type: 'not'; readonly term: Condition }
  | { readonly type: 'exists'; readonly query: JsonPathQuery }
  | {
      readonly type: 'compare';
      readonly op: ComparisonOperator;
      readonly left: Operand;
      readonly right: Operand;
    }
  /** `match` asks about the whole string, `search` about a part of it. */
  | {
      readonly type: 'regexp';
      readonly whole: boolean;
      readonly text: Operand;
      readonly pattern: Operand;
    };

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** What yields one value, or nothing. */
export type Operand =
  | { readonly type: 'literal'; readonly value: string | number | boolean | null }
  /** A singular query: of names and indexes only. */
  | { readonly type: 'query'; readonly query: JsonPathQuery }
  | { readonly type: 'length'; readonly of: Operand }
  | { readonly type: 'count' | 'value'; readonly query: JsonPathQuery };

/** Limits of a path; one past them is refused, with its position. */
export const JSON_PATH_LIMITS = { maxLength: 1_000, maxSegments: 64, maxDepth: 16 } as const;

/** Why a text is no path. `position` counts UTF-16 code units from its start. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}
