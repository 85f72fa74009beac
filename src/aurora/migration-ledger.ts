import { CompiledQuery, sql } from 'kysely';
import { type Context, isServiceError, ServiceError } from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import type { PreparedMigration } from './migration-plan.ts';
import { sqlState } from './sql-error.ts';

/** The tables `migration` and `migration_lock`: what is applied, and who applies. */
export interface Ledger {
  /** Makes both tables where they are missing. */
  prepare(): Promise<void>;
  /** Checksums of the applied migrations by name. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** Takes the lock, or keeps it; false when another runner has it. */
  lock(): Promise<boolean>;
  unlock(): Promise<void>;
  /** Applies one file and notes it, in one transaction, while the lock is ours. */
  apply(file: PreparedMigration): Promise<'applied' | 'already' | 'lock_lost'>;
}

const OP = 'aurora.migrate';

/** Longer than one call may take (`CALL_MS`), short enough to wait out after a runner died. */
const LOCK_SECONDS = 60;

const REPEATABLE = { repeatable: true };

const TABLES = [
  `create table if not exists migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`,
  `create table if not exists migration_lock (
    id int primary key check (id = 1),
    owner text not null,
    expires_at timestamptz not null
  )`,
  `insert into migration_lock (id, owner, expires_at) values (1, '', 'epoch') on conflict do nothing`,
];

/** Two that create a table at once: the later one may find the name taken after it looked. */
const MADE_MEANWHILE = new Set(['23505', '42P07', '42710']);

class LockLost extends Error {}

export function openLedger<DB>(aurora: Aurora<DB>, ctx: Context, owner: string): Ledger {
  return {
    async prepare() {
      const [row] = await aurora.rows<{ ready: boolean }>(
        ctx,
        OP,
        sql`select exists (select 1 from pg_class where oid = to_regclass('migration_lock')) as ready`,
        REPEATABLE,
      );
      if (row?.ready && (await hasLockRow(aurora, ctx))) return;
      for (const table of TABLES) {
        await aurora.run(ctx, OP, CompiledQuery.raw(table), REPEATABLE).catch((error) => {
          if (!MADE_MEANWHILE.has(sqlState(error) ?? '')) throw error;
        });
      }
    },

    async read() {
      const rows = await aurora.rows<{ name: string; checksum: string }>(
        ctx,
        OP,
        sql`select name, checksum from migration`,
        REPEATABLE,
      );
      return new Map(rows.map(({ name, checksum }) => [name, checksum]));
    },

    async lock() {
      // A runner at work holds the row itself: skipped, not waited for.
      const rows = await aurora.rows(
        ctx,
        OP,
        sql`update migration_lock
          set owner = ${owner}, expires_at = clock_timestamp() + make_interval(secs => ${LOCK_SECONDS})
          where id = (select id from migration_lock where id = 1 for update skip locked)
            and (owner = ${owner} or expires_at < clock_timestamp())
          returning id`,
        REPEATABLE,
      );
      return rows.length > 0;
    },

    async unlock() {
      await aurora.run(
        ctx,
        OP,
        sql`update migration_lock set expires_at = clock_timestamp() where owner = ${owner}`,
        REPEATABLE,
      );
    },

    async apply(file) {
      try {
        return await aurora.transaction(ctx, OP, async (tx) => {
          // Renews the lock and holds its row to the end: nobody takes it over while this runs.
          const ours = await sql`update migration_lock
            set expires_at = clock_timestamp() + make_interval(secs => ${LOCK_SECONDS})
            where id = 1 and owner = ${owner} returning id`.execute(tx);
          if (ours.rows.length === 0) throw new LockLost();
          const known = await sql`select 1 as one from migration where name = ${file.name}`.execute(
            tx,
          );
          if (known.rows.length > 0) return 'already';
          for (const [i, statement] of file.statements.entries()) {
            await tx
              .executeQuery(CompiledQuery.raw(statement))
              .catch((error) => failed(file, i, error));
          }
          await sql`insert into migration (name, checksum) values (${file.name}, ${file.checksum})`.execute(
            tx,
          );
          return 'applied';
        });
      } catch (error) {
        if (error instanceof LockLost) return 'lock_lost';
        throw error;
      }
    },
  };
}

async function hasLockRow<DB>(aurora: Aurora<DB>, ctx: Context): Promise<boolean> {
  const rows = await aurora.rows(ctx, OP, sql`select id from migration_lock`, REPEATABLE);
  return rows.length > 0;
}

/** A database that went away is tried again by the caller; anything else is the file's own fault. */
function failed(file: PreparedMigration, index: number, error: unknown): never {
  if (isServiceError(error, 'unavailable')) throw error;
  const told = isServiceError(error) && error.cause instanceof Error ? error.cause.message : '';
  throw new ServiceError(
    'internal',
    OP,
    `${file.name}, statement ${index + 1} of ${file.statements.length}: ${told || String(error)}`,
    { cause: error },
  );
}
