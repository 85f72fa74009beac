import type pg from 'pg';
import type { Clock } from '../domain/index.ts';
import type { DirectOptions } from './aurora.ts';
import { ConnectTimeoutError } from './errors.ts';
import { CALL_MS, CONNECT_MS } from './limits.ts';

/** The one connection, lent for a statement or a transaction. */
export interface Lease {
  readonly client: pg.PoolClient;
  /** Whether nothing more can be sent over it. */
  isBroken(): boolean;
  release(): void;
  /** Ends the connection, whatever it is doing. */
  close(): void;
}

export interface DirectPool {
  /** Waits for the connection until the signal is aborted. */
  lease(signal: AbortSignal): Promise<Lease>;
  close(): Promise<void>;
}

/** An open connection keeps Aurora from pausing, and a frozen Lambda cannot close it: the server does. */
const IDLE_SESSION_MS = 60_000;

/** Closed by this process sooner than by the server, if it runs. */
const IDLE_MS = 50_000;

const SESSION = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'bytea_output=hex',
  `statement_timeout=${CALL_MS}`,
  `idle_session_timeout=${IDLE_SESSION_MS}`,
];

interface Shared {
  readonly pool: Promise<pg.Pool>;
  lastUsedMs: number;
  users: number;
}

/** One connection per process and database, whoever opens it. */
const shared = new Map<string, Shared>();

export function openPool(options: DirectOptions, clock: Clock): DirectPool {
  const key = JSON.stringify([options.connectionString, options.sslCa]);
  let opened: Shared | undefined;

  function open(): Shared {
    if (opened) return opened;
    opened = shared.get(key) ?? { pool: createPool(options), lastUsedMs: clock.now(), users: 0 };
    opened.users += 1;
    shared.set(key, opened);
    return opened;
  }

  return {
    async lease(signal) {
      const mine = open();
      const pool = await mine.pool;
      for (;;) {
        const client = await connect(pool, signal);
        const idleMs = clock.now() - mine.lastUsedMs;
        mine.lastUsedMs = clock.now();
        // After a freeze its socket may be dead without our knowing.
        if (idleMs < IDLE_MS) return leaseOf(client, mine, clock);
        client.release(true);
      }
    },
    async close() {
      if (!opened) return;
      const closing = opened;
      opened = undefined;
      closing.users -= 1;
      if (closing.users > 0) return;
      shared.delete(key);
      await (await closing.pool).end();
    },
  };
}

async function createPool({ connectionString, sslCa }: DirectOptions): Promise<pg.Pool> {
  // Loaded here: 35 ms of every cold start for those who use the Data API.
  const { default: postgres } = await import('pg');
  const pool = new postgres.Pool({
    connectionString,
    ...(sslCa === undefined ? {} : { ssl: { ca: sslCa } }),
    max: 1,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
    keepAlive: true,
    options: SESSION.map((setting) => `-c ${setting}`).join(' '),
    // The pool's own `connectionTimeoutMillis` would count waiting for the connection too.
    Client: class extends postgres.Client {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionTimeoutMillis: CONNECT_MS });
      }
    } as never,
  });
  // An idle connection that the server ends; the next call opens another.
  pool.on('error', () => undefined);
  return pool;
}

async function connect(pool: pg.Pool, signal: AbortSignal): Promise<pg.PoolClient> {
  let late = false;
  const connecting = pool.connect();
  connecting.then(
    (client) => {
      if (late) client.release();
    },
    () => undefined,
  );
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    late = true;
    if (error instanceof Error && error.message === 'timeout expired') {
      throw new ConnectTimeoutError({ cause: error });
    }
    throw error;
  }
}

function leaseOf(client: pg.PoolClient, owner: Shared, clock: Clock): Lease {
  let broken = false;
  let over = false;
  // Without a listener a connection lost between two statements ends the process.
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  const end = (destroy: boolean): void => {
    if (over) return;
    over = true;
    owner.lastUsedMs = clock.now();
    client.release(destroy);
    client.off('error', onError);
  };
  return {
    client,
    isBroken: () => broken || over,
    release: () => end(broken),
    close: () => end(true),
  };
}
