import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { type BackendMessage, takeIn } from './backend.ts';
import {
  type Bound,
  type Engine,
  type QueryOptions,
  type RawResult,
  ResultSink,
  type Session,
  StatementTimeout,
} from './engine.ts';
import { queryMessage, SYNC, statementMessages } from './frontend.ts';

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
  const clear = [queryMessage('DISCARD ALL')];
  const { rows } = await db.query<{ zone: string }>(
    "select reset_val as zone from pg_settings where name = 'TimeZone'",
  );
  if (rows[0]?.zone !== 'UTC') clear.push(queryMessage("SET TIME ZONE 'UTC'"));
  await db.exec("SET TIME ZONE 'UTC'");
  return {
    kind: 'pglite',
    single: true,
    session: async () => new PgliteSession(db, clear),
    dump: () => db.dumpDataDir('gzip') as Promise<Blob>,
    close: () => db.close(),
  };
}

/** Any text that PostgreSQL refuses: a failed message before Sync takes back what ran since the last one. */
const REFUSED = statementMessages('statement timeout', []);

class PgliteSession implements Session {
  readonly connectionId = 1;
  private readonly db: PGlite;
  private readonly clear: readonly Uint8Array[];
  private isClear = true;
  private status = 'I';

  constructor(db: PGlite, clear: readonly Uint8Array[]) {
    this.db = db;
    this.clear = clear;
  }

  /**
   * PGlite runs in this thread and cannot be cancelled: a statement that takes too long runs to its end, is
   * taken back then, and only then told. It is the Sync message that commits, so it is held back until the
   * time is known.
   */
  async query(
    sql: string,
    parameters: readonly Bound[],
    options: QueryOptions,
  ): Promise<RawResult> {
    const sink = new ResultSink();
    this.isClear = false;
    const startedMs = performance.now();
    try {
      await this.send(statementMessages(sql, parameters), sink);
      if (performance.now() - startedMs <= options.timeoutMs) return sink;
      if (!options.runsOn) await this.send(REFUSED).catch(() => undefined);
      throw new StatementTimeout(this.connectionId);
    } finally {
      await this.send(SYNC);
      if (options.last) await this.release();
    }
  }

  inTransaction(): boolean {
    return this.status !== 'I';
  }

  async release(): Promise<void> {
    if (this.isClear) return;
    if (this.inTransaction()) await this.send(queryMessage('ROLLBACK'));
    for (const message of this.clear) await this.send(message);
    this.isClear = true;
  }

  private async send(messages: Uint8Array, sink?: ResultSink): Promise<void> {
    const { messages: answers } = await this.db.execProtocol(messages);
    for (const answer of answers) {
      const message = answer as BackendMessage;
      if (message.name === 'readyForQuery') this.status = message.status;
      else if (sink) takeIn(sink, message);
    }
  }
}
