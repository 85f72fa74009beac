import { describe, expect, it } from 'vitest';
import type { ClusterDescription } from '../../src/aurora/index.ts';
import { printFindings } from '../../src/cli/doctor/doctor.ts';
import { type Facts, judge } from '../../src/cli/doctor/findings.ts';
import type { TableDescription } from '../../src/dynamodb/index.ts';
import { parseStoresConfig } from '../../src/lambda/config.ts';
import { runTandem } from '../support/command.ts';
import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';

const ENV = {
  AURORA_CLUSTER_ARN: 'arn:aws:rds:us-east-1:1:cluster:c',
  AURORA_SECRET_ARN: 's',
  AURORA_DATABASE: 'tandem',
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'tandem',
  WARM_WINDOWS: 'Mon-Fri 08:00-18:00 UTC',
};

const CLUSTER: ClusterDescription = {
  engine: 'aurora-postgresql',
  engineVersion: '17.7',
  status: 'available',
  dataApi: true,
  instances: 1,
  globalDatabase: false,
  deletionProtection: true,
  encrypted: true,
  backupDays: 14,
  capacity: { minAcu: 0, maxAcu: 4, pauseSeconds: 300 },
};

const TABLE: TableDescription = {
  status: 'ACTIVE',
  keys: ['pk', 'sk'],
  onDemand: true,
  stream: 'NEW_AND_OLD_IMAGES',
  timeToLive: 'expiresAt',
  deletionProtection: true,
  pointInTimeRecovery: true,
  sizeBytes: 0,
};

const facts = (members: Partial<Facts> = {}, env: Record<string, string> = {}): Facts => ({
  config: parseStoresConfig({ ...ENV, ...env }),
  cluster: CLUSTER,
  table: TABLE,
  local: false,
  ...members,
});

const troubles = (given: Facts): string[] =>
  judge(given).flatMap(({ level, what, todo }) =>
    level === 'ok' ? [] : [`${level}: ${what} | ${todo}`],
  );

const cluster = (members: Partial<ClusterDescription>, env: Record<string, string> = {}) =>
  troubles(facts({ cluster: { ...CLUSTER, ...members } }, env));

const failure = (name: string): Error => {
  const error = new Error('denied');
  error.name = name;
  return new Error('wrapped', { cause: error });
};

describe('the doctor', () => {
  it('finds nothing where all is well', () => {
    expect(troubles(facts({ database: { walLevel: 'replica', otherSessions: 0 } }))).toEqual([]);
  });

  it.each([
    ['13.14', true],
    ['13.15', false],
    ['14.11', true],
    ['15.7', false],
    ['16.2', true],
    ['16.3', false],
    ['17.4', false],
    ['18.3', false],
    ['12.99', true],
  ])('knows whether Aurora PostgreSQL %s pauses', (engineVersion, isTrouble) => {
    const found = cluster({ engineVersion }).some((text) => text.includes('cannot pause'));
    expect(found).toBe(isTrouble);
  });

  it.each<[string, string[]]>([
    ['The Data API is off | Set EnableHttpEndpoint', cluster({ dataApi: false })],
    ['The cluster has no instance', cluster({ instances: 0 })],
    ['The engine is mysql', cluster({ engine: 'mysql' })],
    ['has no Data API | Upgrade', cluster({ engineVersion: '17.3' })],
    ['global database, which never pauses', cluster({ globalDatabase: true })],
    ['Backups are kept 1 days', cluster({ backupDays: 1 })],
    ['can be deleted by mistake', cluster({ deletionProtection: false })],
    ['keeps 2 ACU and never pauses', cluster({ capacity: { minAcu: 2, maxAcu: 4 } })],
    [
      'bad: The cluster pauses after 900 s, and the functions take it that it does after 300 s | Set AURORA_AUTO_PAUSE_SECONDS to 900',
      cluster({ capacity: { minAcu: 0, maxAcu: 4, pauseSeconds: 900 } }),
    ],
    ['take it that it does never', cluster({}, { AURORA_AUTO_PAUSE_SECONDS: '0' })],
    ['WARM_MIN_ACU=8 is more than the 4 ACU', cluster({}, { WARM_MIN_ACU: '8' })],
    ['WARM_MIN_ACU=1 holds nothing', cluster({}, { WARM_MIN_ACU: '1', WARM_WINDOWS: 'never' })],
    ['WARM_WINDOWS=always', cluster({}, { WARM_WINDOWS: 'always' })],
    [
      'PROJECTION_MAX_DELAY=never without windows',
      cluster({}, { PROJECTION_MAX_DELAY: 'never', WARM_WINDOWS: 'never' }),
    ],
    [
      'Logical replication is on',
      troubles(facts({ database: { walLevel: 'logical', otherSessions: 0 } })),
    ],
    [
      '3 other sessions are open',
      troubles(facts({ database: { walLevel: 'replica', otherSessions: 3 } })),
    ],
    ['The table has no stream', troubles(facts({ table: withoutStream() }))],
    [
      'Items end by ttl | Set its time to live to expiresAt',
      troubles(facts({ table: { ...TABLE, timeToLive: 'ttl' } })),
    ],
    ['The keys of the table are id', troubles(facts({ table: { ...TABLE, keys: ['id'] } }))],
    [
      'cannot be put back to a moment',
      troubles(facts({ table: { ...TABLE, pointInTimeRecovery: false } })),
    ],
    [
      'may not be looked at | Give this identity rds:DescribeDBClusters',
      troubles(facts({ cluster: failure('AccessDenied') })),
    ],
    [
      'may not be looked at | Give this identity dynamodb:DescribeTable',
      troubles(facts({ table: failure('AccessDeniedException') })),
    ],
    [
      'cannot be reached: no credentials',
      troubles(facts({ table: failure('CredentialsProviderError') })),
    ],
    [
      'cannot be reached: ResourceNotFoundException',
      troubles(facts({ table: failure('ResourceNotFoundException') })),
    ],
  ])('says %s', (expected, found) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('prints the worst last, and counts', () => {
    const text = printFindings(
      judge(facts({ cluster: { ...CLUSTER, dataApi: false, backupDays: 0 } })),
    );
    const lines = text.split('\n');
    expect(lines.at(-1)).toBe('1 bad, 1 to look at');
    expect(lines.at(-4)).toBe('BAD   The Data API is off');
    expect(lines.at(-3)).toBe('      Set EnableHttpEndpoint: true on the cluster.');
  });

  it('looks at the local service, through the real clients', async () => {
    const service = await startService();
    try {
      const run = await runTandem(['doctor', '--url', service.url, '--wake']);
      expect(run.out).toMatch(/ok {4}Aurora PostgreSQL 17\.7 can pause/);
      expect(run.out).toMatch(/0 bad, \d to look at\n$/);
      expect(run.status).toBe(0);
      const cost = await runTandem(['cost', '--url', service.url]);
      expect(cost.out).toContain('the running service, since');
      expect((await clientOf(service.url)('GET', '/v1/status')).status).toBe(200);
    } finally {
      await service.stop();
    }
    const nobody = await runTandem(['doctor', '--url', service.url]);
    expect([nobody.status, nobody.err]).toEqual([
      1,
      expect.stringContaining(`There is no local service at ${service.url}`),
    ]);
  });
});

function withoutStream(): TableDescription {
  const { stream: _, ...table } = TABLE;
  return table;
}
