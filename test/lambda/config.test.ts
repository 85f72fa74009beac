import { describe, expect, it } from 'vitest';
import { PRICES } from '../../src/domain/index.ts';
import {
  ConfigError,
  type Env,
  parseApiConfig,
  parseBaseConfig,
  parseStoresConfig,
} from '../../src/lambda/config.ts';

const GOOD: Env = {
  AURORA_CLUSTER_ARN: 'arn:aws:rds:us-east-1:1:cluster:c',
  AURORA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:1:secret:s',
  AURORA_DATABASE: 'tandem',
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'tandem',
  PAGE_TOKEN_KEYS: 'k'.repeat(32),
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'tandem',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
};

/** The faults of a configuration that must not be taken. */
function faultsOf(env: Env): readonly string[] {
  try {
    parseApiConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('no fault was found');
}

describe('configuration', () => {
  it('is read from the variables, with defaults', () => {
    expect(parseApiConfig(GOOD)).toEqual({
      aurora: {
        connection: 'data-api',
        resourceArn: GOOD.AURORA_CLUSTER_ARN,
        secretArn: GOOD.AURORA_SECRET_ARN,
        database: 'tandem',
        region: 'us-east-1',
      },
      autoPauseSeconds: 300,
      dynamodb: { table: 'tandem', region: 'us-east-1' },
      projectionMaxDelayMs: 15 * 60_000,
      warm: {
        windows: { mode: 'never' },
        minAcu: 0,
        coldReadUsd: 0.01,
        awakeAcu: 0.5,
        functionMb: 512,
        prices: PRICES,
      },
      costHeader: false,
      logLevel: 'info',
      serviceName: 'tandem',
      pageTokenKeys: ['k'.repeat(32)],
      access: {
        mode: 'jwt',
        issuer: 'https://issuer.example',
        audience: 'tandem',
        jwksUrl: 'https://issuer.example/keys',
      },
    });
  });

  it('names every missing and bad variable in one message', () => {
    const error = (() => {
      try {
        return parseApiConfig({ LOG_LEVEL: 'loud', PROJECTION_MAX_DELAY: '15 min' });
      } catch (thrown) {
        return thrown as ConfigError;
      }
    })();
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    for (const name of Object.keys(GOOD)) {
      expect(message.split(`${name} `), name).toHaveLength(2);
    }
    expect(message).toContain('LOG_LEVEL is "loud", must be one of debug, info, warn, error');
    expect(message).toContain('PROJECTION_MAX_DELAY is "15 min"');
    expect(message).not.toContain('\n');
  });

  it('takes an empty variable for a missing one', () => {
    expect(faultsOf({ ...GOOD, TABLE_NAME: ' ' })).toEqual([
      'TABLE_NAME is missing (the DynamoDB table)',
    ]);
  });

  it('wants of each function only what it uses', () => {
    const {
      AUTH_ISSUER: _a,
      AUTH_AUDIENCE: _b,
      AUTH_JWKS_URL: _c,
      PAGE_TOKEN_KEYS: _d,
      ...stores
    } = GOOD;
    expect(parseStoresConfig(stores).dynamodb.table).toBe('tandem');
    const { TABLE_NAME: _e, ...base } = stores;
    expect(parseBaseConfig(base).aurora.connection).toBe('data-api');
  });

  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['never', Number.POSITIVE_INFINITY],
  ])('reads the delay %s', (text, ms) => {
    expect(parseApiConfig({ ...GOOD, PROJECTION_MAX_DELAY: text }).projectionMaxDelayMs).toBe(ms);
  });

  it('keeps several page token keys in their order, none of them short', () => {
    const keys = ['n'.repeat(32), 'o'.repeat(40)];
    expect(parseApiConfig({ ...GOOD, PAGE_TOKEN_KEYS: keys.join(', ') }).pageTokenKeys).toEqual(
      keys,
    );
    expect(faultsOf({ ...GOOD, PAGE_TOKEN_KEYS: `${keys[0]},short` })).toEqual([
      'PAGE_TOKEN_KEYS has a key of less than 32 characters',
    ]);
  });
});

describe('the secret of page tokens', () => {
  const { PAGE_TOKEN_KEYS: keys, ...without } = GOOD;
  const arn = 'arn:aws:secretsmanager:eu-central-1:1:secret:page';

  it('is named by its ARN', () => {
    const config = parseApiConfig({ ...without, PAGE_TOKEN_SECRET_ARN: arn });
    expect(config.pageTokenKeys).toEqual({ secretArn: arn });
  });

  it('stands among the variables of no deployed function', () => {
    expect(faultsOf({ ...GOOD, AWS_LAMBDA_FUNCTION_NAME: 'api' })).toEqual([
      'PAGE_TOKEN_KEYS is a secret: a deployed function takes PAGE_TOKEN_SECRET_ARN',
    ]);
  });

  it('comes from one place', () => {
    expect(faultsOf({ ...without, PAGE_TOKEN_KEYS: keys, PAGE_TOKEN_SECRET_ARN: arn })).toEqual([
      'PAGE_TOKEN_KEYS stands beside PAGE_TOKEN_SECRET_ARN',
    ]);
  });
});

describe('configuration of a direct connection', () => {
  const direct: Env = { ...GOOD, AURORA_CONNECTION: 'direct' };

  it('needs a connection string instead of the ARNs', () => {
    const connectionString = 'postgres://u:p@db.example:5432/tandem';
    const env = { ...direct, AURORA_CLUSTER_ARN: '', AURORA_CONNECTION_STRING: connectionString };
    expect(parseApiConfig(env).aurora).toEqual({ connection: 'direct', connectionString });
    expect(faultsOf(direct)[0]).toMatch(/^AURORA_CONNECTION_STRING is missing/);
  });

  it('never shows the connection string', () => {
    const [fault] = faultsOf({ ...direct, AURORA_CONNECTION_STRING: 'mysql://u:hush@db' });
    expect(fault).toMatch(/^AURORA_CONNECTION_STRING must begin/);
    expect(fault).not.toContain('hush');
  });
});

describe('configuration of access', () => {
  const open: Env = {
    ...GOOD,
    AUTH_OPEN: '1',
    AUTH_ISSUER: undefined,
    AUTH_AUDIENCE: undefined,
    AUTH_JWKS_URL: undefined,
  };

  it('is open only where that is asked for', () => {
    expect(parseApiConfig(open).access).toEqual({ mode: 'open' });
    expect(faultsOf({ ...open, AUTH_OPEN: '0' })).toHaveLength(3);
  });

  it('is never open on Lambda', () => {
    const { PAGE_TOKEN_KEYS: _, ...rest } = open;
    const faults = faultsOf({
      ...rest,
      PAGE_TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:x',
      AWS_LAMBDA_FUNCTION_NAME: 'api',
    });
    expect(faults[0]).toBe('AUTH_OPEN is not for a deployed function');
  });

  it('needs all three variables or none', () => {
    expect(faultsOf({ ...GOOD, AUTH_AUDIENCE: '' })).toEqual([
      'AUTH_AUDIENCE is missing (whom the tokens are for)',
    ]);
    expect(faultsOf({ ...open, AUTH_ISSUER: 'https://issuer.example' })).toHaveLength(3);
  });

  it('takes keys over https, or from this machine', () => {
    const local = { ...GOOD, AUTH_JWKS_URL: 'http://127.0.0.1:1/keys' };
    expect(parseApiConfig(local).access).toMatchObject({ jwksUrl: 'http://127.0.0.1:1/keys' });
    expect(faultsOf({ ...GOOD, AUTH_JWKS_URL: 'http://issuer.example/keys' })[0]).toMatch(
      /^AUTH_JWKS_URL .* must be an https address/,
    );
    expect(faultsOf({ ...GOOD, AUTH_JWKS_URL: 'keys' })).toHaveLength(1);
  });
});
