import { askPauseBlockers, createClusterControl, type PauseBlockers } from '../../aurora/index.ts';
import type { Clock, Context } from '../../domain/index.ts';
import { describeTable } from '../../dynamodb/index.ts';
import { composeAurora } from '../../lambda/compose-aurora.ts';
import {
  ConfigError,
  type Env,
  parseStoresConfig,
  type StoresConfig,
} from '../../lambda/config.ts';
import { newId } from '../../lambda/system.ts';
import { type Facts, type Finding, judge } from './findings.ts';

/** Longer than a resume after days of sleep. */
const TIME_MS = 60_000;

export interface DoctorOptions {
  readonly env: Env;
  readonly clock: Clock;
  /** Whether Aurora may be woken, to ask it. */
  readonly wake: boolean;
  readonly local: boolean;
}

/** Looks at the configuration that the variables give, and at what it names. Never rejects for what it finds. */
export async function runDoctor({ env, clock, wake, local }: DoctorOptions): Promise<Finding[]> {
  let config: StoresConfig;
  try {
    config = parseStoresConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((what) => ({ level: 'bad', what, todo: 'Correct the variable.' }));
  }
  const ctx = contextOf(clock);
  const [cluster, table, database] = await Promise.all([
    config.aurora.connection === 'data-api'
      ? createClusterControl(config.aurora).describe(ctx).catch(asError)
      : undefined,
    describeTable(config.dynamodb.region, config.dynamodb.table).catch(asError),
    wake ? askDatabase(config, ctx).catch(asError) : undefined,
  ]);
  const facts: Facts = {
    config,
    table,
    local,
    ...(cluster === undefined ? {} : { cluster }),
    ...(database === undefined ? {} : { database }),
  };
  return judge(facts);
}

async function askDatabase(config: StoresConfig, ctx: Context): Promise<PauseBlockers> {
  const aurora = composeAurora(config);
  try {
    return await askPauseBlockers(aurora, ctx);
  } finally {
    await aurora.close();
  }
}

/** Findings as lines, what is well first. */
export function printFindings(findings: readonly Finding[]): string {
  const marks = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' } as const;
  const order = ['ok', 'warn', 'bad'] as const;
  const lines = [...findings]
    .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
    .flatMap(({ level, what, todo }) => [
      `${marks[level]}  ${what}`,
      ...(todo === undefined ? [] : [`      ${todo}`]),
    ]);
  const count = (level: Finding['level']): number =>
    findings.filter((finding) => finding.level === level).length;
  return [...lines, '', `${count('bad')} bad, ${count('warn')} to look at`].join('\n');
}

function contextOf(clock: Clock): Context {
  return {
    requestId: newId(),
    deadlineMs: clock.now() + TIME_MS,
    waitMs: TIME_MS,
    signal: new AbortController().signal,
    observe: () => undefined,
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
