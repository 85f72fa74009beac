import type { MigrationResult } from '../aurora/index.ts';
import { type Env, parseBaseConfig } from '../lambda/config.ts';
import { runMigrations } from '../lambda/migrate.ts';

/** Long enough for a cluster that slept for days to wake, and for an index on a large table. */
const TIME_MS = 10 * 60_000;

/** Brings the Aurora that the variables name up to date. Errors: `ConfigError`, those of `migrate`. */
export function runMigrate(env: Env): Promise<MigrationResult> {
  // The result is printed; the log would repeat it.
  return runMigrations({ ...parseBaseConfig(env), logLevel: 'warn' }, TIME_MS);
}
