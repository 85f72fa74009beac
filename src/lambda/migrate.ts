import type { Context } from 'aws-lambda';
import { type MigrationResult, migrate } from '../aurora/index.ts';
import { runInBackground } from './background.ts';
import { composeAurora } from './compose-aurora.ts';
import { type BaseConfig, parseBaseConfig, processEnv } from './config.ts';
import { answerCustomResource, isCustomResource } from './custom-resource.ts';
import { createLog } from './log.ts';
import { readMigrations } from './migrations.ts';
import { newId, systemClock } from './system.ts';

/** Kept back of the function's time for its answer, which may have to be given again. */
const RESERVE_MS = 20_000;

/**
 * Brings the database up to date. CloudFormation calls it on every deploy that brings migrations, and
 * rolls the deploy back where it fails. Errors: those of `migrate`.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<MigrationResult | undefined> {
  const work = (): Promise<MigrationResult> => {
    const remainingMs = context.getRemainingTimeInMillis() - RESERVE_MS;
    return runMigrations(parseBaseConfig(processEnv()), remainingMs, context.awsRequestId);
  };
  return isCustomResource(event) ? answerCustomResource(event, systemClock, work) : work();
}

/** Applies what is missing at the Aurora of `config`, within `timeMs`. Errors: those of `migrate`. */
export async function runMigrations(
  config: BaseConfig,
  timeMs: number,
  requestId = newId(),
): Promise<MigrationResult> {
  const log = createLog(config);
  const aurora = composeAurora(config);
  const deadlineMs = systemClock.now() + timeMs;
  try {
    return await runInBackground(
      { log, clock: systemClock, newId },
      { name: 'migrate', requestId, deadlineMs, waitMs: timeMs },
      async (ctx) => migrate(aurora, ctx, await readMigrations(), { clock: systemClock, newId }),
    );
  } finally {
    await aurora.close();
  }
}
