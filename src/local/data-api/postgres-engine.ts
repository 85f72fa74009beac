import pg from 'pg';
import {
  type Bound,
  type Engine,
  mayLeaveState,
  type RawResult,
  type Session,
  STATEMENT_TIMEOUT_MS,
} from './engine.ts';

const TEXT_ONLY = { getTypeParser: () => (text: string) => text };

/** A real PostgreSQL, every transaction on a connection of its own. */
export function postgresEngine(options: {
  readonly connectionString: string;
  readonly maxConnections?: number;
}): Engine {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections ?? 20,
    options: `-c TimeZone=UTC -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  });
  pool.on('error', () => undefined);
  return {
    kind: 'postgres',
    single: false,
    async session(): Promise<Session> {
      const client = await pool.connect();
      let dirty = false;
      return {
        async query(sql, parameters, unlimited = false) {
          if (unlimited) {
            dirty = true;
            await client.query('SET statement_timeout = 0');
          }
          dirty ||= mayLeaveState(sql);
          return run(client, sql, parameters);
        },
        async release() {
          if (dirty) await client.query('DISCARD ALL').catch(() => undefined);
          client.release();
        },
      };
    },
    close: () => pool.end(),
  };
}

/** The wire calls of `pg` that carry parameter types, which its own query leaves out. */
interface Wire {
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { values: readonly (string | null)[]; statement: string; portal: string }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string }): void;
  sync(): void;
}

/** A query that binds with explicit types, as the Data API does. */
class TypedQuery extends (pg.Query as unknown as new (
  config: object,
  callback: (error: Error | null, result: pg.QueryArrayResult<(string | null)[]>) => void,
) => pg.Submittable) {
  private readonly bound: readonly Bound[];
  private readonly sql: string;

  constructor(
    sql: string,
    bound: readonly Bound[],
    callback: (error: Error | null, result: pg.QueryArrayResult<(string | null)[]>) => void,
  ) {
    super({ text: sql, rowMode: 'array', types: TEXT_ONLY, queryMode: 'extended' }, callback);
    this.sql = sql;
    this.bound = bound;
  }

  prepare(wire: Wire): void {
    wire.parse({ text: this.sql, name: '', types: this.bound.map(({ oid }) => oid) });
    wire.bind({ statement: '', portal: '', values: this.bound.map(({ text }) => text) });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ portal: '' });
    wire.sync();
  }
}

function run(client: pg.PoolClient, sql: string, parameters: readonly Bound[]): Promise<RawResult> {
  return new Promise((resolve, reject) => {
    const query = new TypedQuery(sql, parameters, (error, result) => {
      if (error) {
        reject(error);
        return;
      }
      resolve({
        fields: (result.fields ?? []).map((field) => ({
          name: field.name,
          oid: field.dataTypeID,
          tableOid: field.tableID,
          columnNumber: field.columnID,
        })),
        rows: result.rows ?? [],
        affected: result.rowCount ?? 0,
        command: result.command ?? '',
      });
    });
    client.query(query);
  });
}
