import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { type Bound, type Engine, mayLeaveState, type RawResult, type Session } from './engine.ts';

export interface PgliteEngine extends Engine {
  /** The whole database as a compressed archive, to start another one from. */
  dump(): Promise<Blob>;
}

/** PGlite in this process: no installation, one session. `snapshot` fills a new data directory. */
export async function pgliteEngine(options: {
  readonly dataDir?: string;
  readonly snapshot?: Blob;
}): Promise<PgliteEngine> {
  const settings: PGliteOptions = {
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.snapshot === undefined ? {} : { loadDataDir: options.snapshot }),
  };
  const db = new PGlite(settings);
  await db.waitReady;
  await db.exec("SET TIME ZONE 'UTC'");
  return {
    kind: 'pglite',
    single: true,
    async session(): Promise<Session> {
      let dirty = false;
      return {
        query(sql, parameters) {
          dirty ||= mayLeaveState(sql);
          return run(db, sql, parameters);
        },
        async release() {
          if (!dirty) return;
          // One by one: together they would be a transaction, in which DISCARD ALL is refused.
          await db.exec('DISCARD ALL');
          await db.exec("SET TIME ZONE 'UTC'");
        },
      };
    },
    dump: () => db.dumpDataDir('gzip') as Promise<Blob>,
    close: () => db.close(),
  };
}

const asIs = (text: string): string => text;

/** Types that PGlite would parse or serialise by itself: text in, text out. */
const OIDS = [
  16, 17, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1700,
  2950, 3802, 199, 1000, 1001, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1115, 1182,
  1183, 1185, 1187, 1231, 1270, 2951, 3807,
];
const PLAIN = Object.fromEntries(OIDS.map((oid) => [oid, asIs]));

async function run(db: PGlite, sql: string, parameters: readonly Bound[]): Promise<RawResult> {
  const result = (await db.query(
    sql,
    parameters.map(({ text }) => text),
    {
      rowMode: 'array',
      paramTypes: parameters.map(({ oid }) => oid),
      parsers: PLAIN,
      serializers: PLAIN,
    },
  )) as {
    rows: unknown[][];
    fields: { name: string; dataTypeID: number }[];
    affectedRows?: number;
    command?: string;
  };
  return {
    fields: result.fields.map(({ name, dataTypeID }) => ({
      name,
      oid: dataTypeID,
      tableOid: 0,
      columnNumber: 0,
    })),
    rows: result.rows as (string | null)[][],
    affected: result.affectedRows ?? 0,
    command: result.command ?? '',
  };
}
