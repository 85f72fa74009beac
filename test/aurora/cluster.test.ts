import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClusterControl } from '../../src/aurora/index.ts';
import { systemClock } from '../../src/lambda/system.ts';
import { createRdsServer, type RdsServer } from '../../src/local/rds/index.ts';
import { aContext } from '../support/clock.ts';

const ARN = 'arn:aws:rds:us-east-1:123456789012:cluster:news';

let rds: RdsServer;
let scaling: { minAcu: number; maxAcu: number; pauseSeconds: number };

beforeEach(async () => {
  scaling = { minAcu: 0, maxAcu: 4, pauseSeconds: 600 };
  rds = await createRdsServer({
    identifier: 'news',
    engineVersion: '17.7',
    scaling: () => scaling,
    setScaling: (next) => {
      scaling = next;
    },
  });
  vi.stubEnv('AWS_ENDPOINT_URL_RDS', rds.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rds.close();
});

const control = (resourceArn = ARN) => createClusterControl({ resourceArn, region: 'us-east-1' });

describe("the cluster's settings", () => {
  it('are described, with the pause delay where it can pause', async () => {
    expect(await control().describe(aContext(systemClock))).toEqual({
      engine: 'aurora-postgresql',
      engineVersion: '17.7',
      status: 'available',
      dataApi: true,
      instances: 1,
      globalDatabase: false,
      deletionProtection: false,
      encrypted: true,
      backupDays: 1,
      capacity: { minAcu: 0, maxAcu: 4, pauseSeconds: 600 },
    });
  });

  it('are changed, and changed back', async () => {
    const ctx = aContext(systemClock);
    await control().setCapacity(ctx, { minAcu: 1, maxAcu: 8, pauseSeconds: 600 });
    expect((await control().describe(ctx)).capacity).toEqual({ minAcu: 1, maxAcu: 8 });
    await control().setCapacity(ctx, { minAcu: 0, maxAcu: 8, pauseSeconds: 900 });
    expect((await control().describe(ctx)).capacity).toEqual({
      minAcu: 0,
      maxAcu: 8,
      pauseSeconds: 900,
    });
  });

  it('that RDS refuses are a fault of the setting up, and an RDS that is away is not', async () => {
    const ctx = aContext(systemClock);
    const unknown = control(ARN.replace('news', 'olds')).describe(ctx);
    await expect(unknown).rejects.toMatchObject({ code: 'internal' });
    await expect(
      control().setCapacity(ctx, { minAcu: 0, maxAcu: 8, pauseSeconds: 7 }),
    ).rejects.toMatchObject({ code: 'internal', op: 'cluster.setCapacity' });
    await expect(control().setCapacity(ctx, { minAcu: 0.3, maxAcu: 8 })).rejects.toMatchObject({
      code: 'internal',
    });
    await rds.close();
    await expect(control().describe(ctx)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'rds_unavailable',
    });
  });
});
