import type { Dialect } from 'kysely';
import type { Caller, Meter, Scope } from './caller.ts';

/** A way to Aurora: everything that differs between the Data API and a direct connection. */
export interface Transport {
  /** The vendor's operation that one statement is, in observations. */
  readonly statement: string;
  /** A Kysely dialect whose calls run under this scope. */
  dialect(caller: Caller, scope: Scope): Dialect;
  /** Sends `select 1`, once, without looking at the state. */
  ping(signal: AbortSignal, meter: Meter): Promise<void>;
  close(): Promise<void>;
}
