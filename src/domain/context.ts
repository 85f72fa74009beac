export type Store = 'aurora' | 'dynamodb';

/** What the code tells about itself. `lambda/` decides what of it is logged or measured. */
export type Observation =
  | {
      readonly kind: 'store_call';
      readonly store: Store;
      /** The vendor's operation, such as `ExecuteStatement` or `BatchGetItem`. */
      readonly operation: string;
      readonly ms: number;
      readonly outcome: 'ok' | 'error' | 'resuming';
      readonly requestBytes?: number;
      readonly responseBytes?: number;
      /** DynamoDB's capacity units, as it charges them. */
      readonly readUnits?: number;
      readonly writeUnits?: number;
    }
  | { readonly kind: 'aurora_state'; readonly state: AuroraState; readonly resumeSeconds?: number }
  | { readonly kind: 'degraded'; readonly reason: string }
  | {
      readonly kind: 'event';
      /** snake_case, such as `outbox_relayed`. */
      readonly name: string;
      readonly data?: Readonly<Record<string, string | number | boolean>>;
    }
  /** A figure to draw over time, of a moment. */
  | {
      readonly kind: 'metric';
      /** As CloudWatch writes names: `AuroraAwake`. */
      readonly name: string;
      readonly value: number;
      readonly unit: 'Count' | 'Seconds';
      /** Epoch milliseconds. */
      readonly atMs: number;
    }
  | {
      readonly kind: 'count';
      /** snake_case and plural: what is counted. */
      readonly name: string;
      /** What it is counted by; few values each. */
      readonly by: Readonly<Record<string, string>>;
    }
  /** What is done now is done for an earlier request: its effect, seen from elsewhere. */
  | { readonly kind: 'on_behalf'; readonly requestId: string }
  | { readonly kind: 'fault'; readonly op: string; readonly error: unknown };

/** Name of the event that tells which route took a request: `METHOD path`, without the ids of the path. */
export const ROUTED = 'routed';
/** Name of the event observed of every call that met Aurora asleep or resuming, whatever became of it. */
export const MET_ASLEEP = 'aurora_asleep_met';

export type Observe = (observation: Observation) => void;

export type AuroraState = 'awake' | 'resuming' | 'asleep' | 'unknown';

/** Travels with every call: who asks, until when, and where to tell what happened. */
export interface Context {
  readonly requestId: string;
  /** Epoch milliseconds on the injected clock; nothing goes on past it. */
  readonly deadlineMs: number;
  /** How long the caller will wait for a sleeping Aurora, in milliseconds; 0 means answer at once. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly observe: Observe;
}

/** Time comes from here and nowhere else, so that a test can own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** Makes a new, time-ordered unique id (UUIDv7). */
export type NewId = () => string;
