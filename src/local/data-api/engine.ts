/** 45 s: documented time-out of a call (Aurora user guide, data-api.limitations, 2026). */
export const STATEMENT_TIMEOUT_MS = 45_000;

/** A parameter as it is bound: PostgreSQL's text form and its type's OID (0: unknown). */
export interface Bound {
  readonly oid: number;
  readonly text: string | null;
}

/** A result as PostgreSQL's text protocol has it. `fields` is empty for statements without rows. */
export interface RawResult {
  readonly fields: readonly {
    readonly name: string;
    readonly oid: number;
    readonly tableOid: number;
    readonly columnNumber: number;
  }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly affected: number;
  readonly command: string;
}

/** One database session. Calls on it come one after the other. */
export interface Session {
  /** Runs one statement, cancelled after `STATEMENT_TIMEOUT_MS` unless it is `unlimited`. PGlite cannot cancel. */
  query(sql: string, parameters: readonly Bound[], unlimited?: boolean): Promise<RawResult>;
  /** Gives it back, with nothing of its state left behind. */
  release(): Promise<void>;
}

/** A PostgreSQL that sessions can be had of. `single`: there is only one, and who has it owns it. */
export interface Engine {
  readonly kind: 'pglite' | 'postgres';
  readonly single: boolean;
  session(): Promise<Session>;
  close(): Promise<void>;
}

/**
 * Whether a statement may leave settings, temporary tables or locks in its session: any that is no plain
 * query, and those that name a function with such an effect.
 */
export function mayLeaveState(sql: string): boolean {
  return (
    !/^\s*(select|insert|update|delete|with|values)\b/i.test(sql) ||
    /\b(set_config|pg_(try_)?advisory_lock)/i.test(sql)
  );
}
