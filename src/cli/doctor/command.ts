import type { Command } from 'commander';
import type { Env } from '../../lambda/config.ts';
import { systemClock } from '../../lambda/system.ts';
import { printFindings, runDoctor } from './doctor.ts';

const LOCAL_URL = 'http://127.0.0.1:3000';

/** Adds `doctor` to the command line. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('checks a configuration and what it names, and says what to do')
    .option('--url <url>', 'a local service, where AURORA_CLUSTER_ARN is not set', LOCAL_URL)
    .option('--wake', 'asks the database too, which wakes Aurora', false)
    .action(async ({ url, wake }: { url: string; wake: boolean }) => {
      const local = process.env.AURORA_CLUSTER_ARN === undefined;
      if (local) Object.assign(process.env, await localEnv(url));
      const findings = await runDoctor({ env: process.env, clock: systemClock, wake, local });
      process.stdout.write(`${printFindings(findings)}\n`);
      if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
    });
}

/** Where a local service has its stand-ins. The SDK's clients read the same variables. */
async function localEnv(url: string): Promise<Env> {
  const place = `${url.replace(/\/+$/, '')}/__local/endpoints`;
  const reply = await fetch(place).catch((cause: unknown) => {
    const hint = `Set the variables of a deployment (AURORA_CLUSTER_ARN and the like), or run npm start.`;
    throw new Error(`There is no local service at ${url}. ${hint}`, { cause });
  });
  if (!reply.ok) throw new Error(`${place} answered ${reply.status}: it is no local service.`);
  const endpoints = (await reply.json()) as Readonly<Record<string, string | undefined>>;
  return {
    AWS_REGION: endpoints.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_RDS_DATA: endpoints.dataApi,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_RDS: endpoints.rds,
    AURORA_CLUSTER_ARN: endpoints.resourceArn,
    AURORA_SECRET_ARN: endpoints.secretArn,
    AURORA_DATABASE: endpoints.database,
    TABLE_NAME: endpoints.table,
  };
}
