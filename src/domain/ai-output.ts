import type { JsonText } from './json-text.ts';
import type { Timestamp } from './time.ts';

/** Who made an output. Kept as the caller's JSON; these members are the ones that can be asked about. */
export interface Producer {
  readonly name?: string;
  readonly model?: string;
  readonly version?: string;
  readonly promptHash?: string;
  readonly runId?: string;
  readonly parameters?: JsonText;
}

export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
}

/** An output as a caller gives it, checked. `output` is exactly the text received. */
export interface AiOutputInput {
  readonly articleId: string;
  readonly kind: string;
  readonly output: JsonText;
  readonly producer?: Producer;
  readonly usage?: Usage;
  readonly producedAt?: Timestamp;
}

/** Everything known of one version of an output but its text. */
export interface AiOutputInfo {
  readonly articleId: string;
  readonly kind: string;
  /** 1, 2, 3 …; never goes down, also after a delete. */
  readonly version: number;
  readonly producer?: Producer;
  readonly usage?: Usage;
  readonly producedAt: Timestamp;
  readonly storedAt: Timestamp;
  /** UTF-8 bytes of the text. */
  readonly sizeBytes: number;
  /** Bytes kept in DynamoDB, compressed. */
  readonly storedBytes: number;
  /** Lower-case hex SHA-256 of the text's UTF-8 bytes. */
  readonly sha256: string;
}

/** One output as a reader gets it. `omitted`: there, but too large for this answer. `unavailable`: could not be read now. */
export type AiOutputBlock =
  | { readonly status: 'ok'; readonly info: AiOutputInfo; readonly output: JsonText }
  | { readonly status: 'omitted'; readonly info: AiOutputInfo }
  | { readonly status: 'missing' }
  | { readonly status: 'unavailable'; readonly info?: AiOutputInfo };

/** Which outputs a reader wants: none, all, or these kinds. */
export type Include = 'none' | 'all' | readonly string[];
