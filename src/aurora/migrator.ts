import {
  type Clock,
  type Context,
  isServiceError,
  type NewId,
  ServiceError,
} from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import { WAKE_WAIT_MS } from './limits.ts';
import { type Ledger, openLedger } from './migration-ledger.ts';
import { type PreparedMigration, prepareMigrations } from './migration-plan.ts';

/** One file of `sql/migrations`: its name, `NNNN_what.sql`, and its text. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrationResult {
  readonly applied: readonly string[];
  readonly already: readonly string[];
}

const OP = 'aurora.migrate';

/** Between two looks at a lock that another runner holds, or at a database that is away. */
const POLL_MS = 1_000;

/**
 * Applies the migrations that the database does not have yet, in the order of their names. Each file is
 * one transaction together with its row in table `migration`, so that a failing one leaves nothing. Safe
 * to repeat, and to run twice at once: a row in `migration_lock` names the runner, and expires. Waits for a
 * sleeping cluster, and for another runner, until `ctx.deadlineMs`. The text of a file: see `splitStatements`.
 * Cost: 2 calls when nothing is to be done; else 3 per file and 1 per statement.
 * Errors: `conflict` (an applied file was changed, or one is missing before an applied one), `internal` (a
 * statement failed: which one, and why in the cause), `timeout`, `unavailable`.
 */
export async function migrate<DB>(
  aurora: Aurora<DB>,
  ctx: Context,
  migrations: readonly Migration[],
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
): Promise<MigrationResult> {
  const planned = prepareMigrations(migrations);
  const patient: Context = { ...ctx, waitMs: WAKE_WAIT_MS };
  const ledger = openLedger(aurora, patient, newId());
  const persist = <T>(work: () => Promise<T>): Promise<T> => untilAnswered(clock, patient, work);

  const missing = async (): Promise<PreparedMigration[]> =>
    pending(planned, await persist(ledger.read));
  await persist(ledger.prepare);
  const first = await missing();
  const already = planned.filter((file) => !first.includes(file)).map((file) => file.name);
  const applied: string[] = [];

  let left = first;
  try {
    while (left.length > 0) {
      if (await persist(ledger.lock)) {
        applied.push(...(await applyAll(ledger, await missing(), persist)));
      } else {
        await pauseUntilDeadline(clock, patient);
      }
      left = await missing();
    }
  } finally {
    // A lock that cannot be given back expires.
    await ledger.unlock().catch(() => undefined);
  }
  // What another runner applied meanwhile was there already, as far as this one is concerned.
  const others = first.map((file) => file.name).filter((name) => !applied.includes(name));
  return { applied, already: [...already, ...others].sort() };
}

/** Applies files until the lock is lost; answers with the names of those that this runner applied. */
async function applyAll(
  ledger: Ledger,
  files: readonly PreparedMigration[],
  persist: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<string[]> {
  const applied: string[] = [];
  for (const file of files) {
    const outcome = await persist(() => ledger.apply(file));
    if (outcome === 'lock_lost') break;
    // `already`: its commit was answered with an error, but done.
    applied.push(file.name);
  }
  return applied;
}

/** The files that are not applied yet. Those the database knows and we do not belong to a later version of us. */
function pending(
  planned: readonly PreparedMigration[],
  applied: ReadonlyMap<string, string>,
): PreparedMigration[] {
  for (const { name, checksum } of planned) {
    const known = applied.get(name);
    if (known !== undefined && known !== checksum) {
      throw new ServiceError(
        'conflict',
        OP,
        `${name} was changed after it was applied: undo the change, and write a new migration`,
      );
    }
  }
  const left = planned.filter(({ name }) => !applied.has(name));
  const last = planned.findLast(({ name }) => applied.has(name));
  const skipped = left.find(({ name }) => last !== undefined && name < last.name);
  if (!skipped) return left;
  throw new ServiceError(
    'conflict',
    OP,
    `${skipped.name} comes before ${last?.name}, which is applied: give it a later number`,
  );
}

/** Repeats what failed because the database was away or asleep, and will be back: there is a time to come again. */
async function untilAnswered<T>(clock: Clock, ctx: Context, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passes = isServiceError(error, 'unavailable') && error.retryAfterSeconds !== undefined;
      if (!passes || clock.now() + POLL_MS >= ctx.deadlineMs) throw error;
      await clock.sleep(POLL_MS, ctx.signal);
    }
  }
}

async function pauseUntilDeadline(clock: Clock, ctx: Context): Promise<void> {
  if (clock.now() + POLL_MS >= ctx.deadlineMs) {
    throw new ServiceError('unavailable', OP, 'Another runner holds the lock of the migrations');
  }
  await clock.sleep(POLL_MS, ctx.signal);
}
