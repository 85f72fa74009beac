import { CompiledQuery } from 'kysely';
import type { Context } from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import type { Database } from './schema.ts';

/** What the database knows of that keeps its cluster from pausing. */
export interface PauseBlockers {
  /** `logical` where logical replication is on. */
  readonly walLevel: string;
  /** Sessions besides our own: an open one keeps the cluster awake. */
  readonly otherSessions: number;
}

/** AWS's own sessions do not count. */
const QUESTION = CompiledQuery.raw(`
  select current_setting('wal_level') as wal_level,
         (select count(*) from pg_stat_activity
           where backend_type = 'client backend' and pid <> pg_backend_pid()
             and usename is distinct from 'rdsadmin') as sessions`);

/** Asks the database, and so wakes its cluster. Cost: 1 call. */
export async function askPauseBlockers(
  aurora: Aurora<Database>,
  ctx: Context,
): Promise<PauseBlockers> {
  const rows = await aurora.rows(ctx, 'aurora.pauseBlockers', QUESTION, { repeatable: true });
  const [row] = rows as { wal_level: string; sessions: number }[];
  return { walLevel: row?.wal_level ?? '', otherSessions: row?.sessions ?? 0 };
}
