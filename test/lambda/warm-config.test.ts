import { describe, expect, it } from 'vitest';
import { PRICES } from '../../src/domain/index.ts';
import { ConfigError, type Env, parseStoresConfig } from '../../src/lambda/config.ts';

const GOOD: Env = {
  AURORA_CLUSTER_ARN: 'arn:aws:rds:us-east-1:1:cluster:c',
  AURORA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:1:secret:s',
  AURORA_DATABASE: 'tandem',
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'tandem',
};

function faultsOf(env: Env): string {
  try {
    parseStoresConfig({ ...GOOD, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('no fault was found');
}

describe('configuration of warmth and cost', () => {
  it('is read from the variables', () => {
    const { warm } = parseStoresConfig({
      ...GOOD,
      WARM_WINDOWS: 'Mon-Fri 07:30-19:00 Europe/London except 12-25; Sat 09:00-12:00 Europe/London',
      WARM_MIN_ACU: '1.5',
      COST_PER_COLD_READ_USD: '0.002',
      AURORA_AWAKE_ACU: '2',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      PRICES: '{"acuHourUsd":0.132}',
    });
    expect(warm).toMatchObject({
      windows: { mode: 'windows' },
      minAcu: 1.5,
      coldReadUsd: 0.002,
      awakeAcu: 2,
      functionMb: 1024,
      prices: { ...PRICES, acuHourUsd: 0.132 },
    });
  });

  it.each([
    [{ WARM_WINDOWS: 'Mon-Fri 07:30-19:00' }, 'WARM_WINDOWS: "Mon-Fri 07:30-19:00" must be'],
    [{ WARM_WINDOWS: 'Mon 07:30-19:00 Europe/Lundon' }, 'is it Europe/London?'],
    [{ WARM_MIN_ACU: '0.3' }, 'WARM_MIN_ACU is "0.3", must be from 0 to 256 in steps of 0.5'],
    [{ WARM_MIN_ACU: '-1' }, 'WARM_MIN_ACU is "-1"'],
    [{ COST_PER_COLD_READ_USD: 'dear' }, 'COST_PER_COLD_READ_USD is "dear"'],
    [{ PRICES: '{"acuHour":1}' }, 'PRICES has "acuHour", must be one of acuHourUsd'],
    [{ PRICES: '{"acuHourUsd":-1}' }, 'PRICES has a "acuHourUsd" that is no amount'],
    [{ PRICES: '[]' }, 'PRICES must be a JSON object'],
    [
      {
        WARM_MIN_ACU: '1',
        AURORA_CONNECTION: 'direct',
        AURORA_CONNECTION_STRING: 'postgres://u@h/d',
      },
      'WARM_MIN_ACU needs the Data API',
    ],
  ])('names what is wrong with %j in one line', (env, message) => {
    const faults = faultsOf(env);
    expect(faults).toContain(message);
    expect(faults).not.toContain('\n');
  });
});
