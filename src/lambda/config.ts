import { ConfigError, type Env, EnvReader } from './env-reader.ts';
import { readWarm, type WarmConfig } from './warm-config.ts';

/** Where Aurora is. */
export type AuroraConfig =
  | {
      readonly connection: 'data-api';
      readonly resourceArn: string;
      readonly secretArn: string;
      readonly database: string;
      readonly region: string;
    }
  | {
      readonly connection: 'direct';
      readonly connectionString: string;
      /** PEM of the authority that signed the server's certificate. */
      readonly sslCa?: string;
    };

export interface DynamoDbConfig {
  readonly table: string;
  readonly region: string;
}

/** What proves who calls. `open` lets everybody do everything, for a process on one's own machine. */
export type AccessConfig =
  | { readonly mode: 'open' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: string;
    };

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What every function knows of its surroundings. */
export interface BaseConfig {
  readonly aurora: AuroraConfig;
  /** The cluster's `SecondsUntilAutoPause`; infinity where it never pauses. */
  readonly autoPauseSeconds: number;
  readonly logLevel: LogLevel;
  readonly serviceName: string;
}

/** For functions that use both stores. */
export interface StoresConfig extends BaseConfig {
  readonly dynamodb: DynamoDbConfig;
  /** How old a pending output may grow before Aurora is woken for it; infinity: never woken for it. */
  readonly projectionMaxDelayMs: number;
  readonly warm: WarmConfig;
}

export interface ApiConfig extends StoresConfig {
  /** Secrets that sign page tokens (the first signs, all of them verify), or the secret that holds them. */
  readonly pageTokenKeys: readonly string[] | { readonly secretArn: string };
  readonly access: AccessConfig;
  /** Whether each answer carries what it cost. */
  readonly costHeader: boolean;
}

/** Shorter secrets could be guessed from one token. */
const MIN_KEY_LENGTH = 32;

/** Configuration of the `migrate` function. Errors: `ConfigError`, naming every fault. */
export function parseBaseConfig(env: Env): BaseConfig {
  return parse(env, readBase);
}

/** Configuration of the functions behind the stream and the schedules. Errors: `ConfigError`. */
export function parseStoresConfig(env: Env): StoresConfig {
  return parse(env, readStores);
}

/** Configuration of the `api` function. Errors: `ConfigError`. */
export function parseApiConfig(env: Env): ApiConfig {
  return parse(env, (reader) => ({
    ...readStores(reader),
    pageTokenKeys: readPageTokenKeys(reader),
    access: readAccess(reader),
    costHeader: reader.flag('COST_HEADER', false),
  }));
}

/** Whether this process is a function on Lambda. */
export function isDeployed(env: Env): boolean {
  return new EnvReader(env).optional('AWS_LAMBDA_FUNCTION_NAME') !== undefined;
}

/** This process's variables. The only place of the deployed code that reads them. */
export function processEnv(): Env {
  return process.env;
}

function parse<T>(env: Env, read: (reader: EnvReader) => T): T {
  const reader = new EnvReader(env);
  const config = read(reader);
  reader.finish();
  return config;
}

function readBase(reader: EnvReader): BaseConfig {
  return {
    aurora: readAurora(reader),
    autoPauseSeconds:
      reader.wholeNumber('AURORA_AUTO_PAUSE_SECONDS', 300, 0, 86_400) || Number.POSITIVE_INFINITY,
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    serviceName: reader.optional('SERVICE_NAME') ?? 'tandem',
  };
}

function readStores(reader: EnvReader): StoresConfig {
  const base = readBase(reader);
  const warm = readWarm(reader);
  if (warm.minAcu > 0 && base.aurora.connection === 'direct') {
    reader.fault('WARM_MIN_ACU needs the Data API: a direct connection does not name its cluster');
  }
  return {
    ...base,
    dynamodb: {
      table: reader.required('TABLE_NAME', 'the DynamoDB table'),
      region: readRegion(reader),
    },
    projectionMaxDelayMs: reader.durationMs('PROJECTION_MAX_DELAY', '15m'),
    warm,
  };
}

function readAurora(reader: EnvReader): AuroraConfig {
  const connection = reader.oneOf('AURORA_CONNECTION', ['data-api', 'direct'], 'data-api');
  if (connection === 'data-api') {
    return {
      connection,
      resourceArn: reader.required('AURORA_CLUSTER_ARN', 'the cluster'),
      secretArn: reader.required('AURORA_SECRET_ARN', 'the secret with its user and password'),
      database: reader.required('AURORA_DATABASE', 'the database in the cluster'),
      region: readRegion(reader),
    };
  }
  const connectionString = reader.required(
    'AURORA_CONNECTION_STRING',
    'postgres://user:password@host:port/database, since AURORA_CONNECTION is direct',
  );
  if (connectionString !== '' && !/^postgres(ql)?:\/\/./.test(connectionString)) {
    // Its text stays out of the message: there is a password in it.
    reader.fault('AURORA_CONNECTION_STRING must begin with postgres://');
  }
  const sslCa = reader.optional('AURORA_SSL_CA');
  return { connection, connectionString, ...(sslCa === undefined ? {} : { sslCa }) };
}

function readRegion(reader: EnvReader): string {
  return reader.required('AWS_REGION', 'Lambda sets it');
}

/** A deployed function has no secret among its variables, where whoever may look at it would see it. */
function readPageTokenKeys(reader: EnvReader): ApiConfig['pageTokenKeys'] {
  const secretArn = reader.optional('PAGE_TOKEN_SECRET_ARN');
  const isInOpen = reader.optional('PAGE_TOKEN_KEYS') !== undefined;
  if (secretArn !== undefined) {
    if (isInOpen) reader.fault('PAGE_TOKEN_KEYS stands beside PAGE_TOKEN_SECRET_ARN');
    return { secretArn };
  }
  if (isInOpen && reader.optional('AWS_LAMBDA_FUNCTION_NAME') !== undefined) {
    reader.fault('PAGE_TOKEN_KEYS is a secret: a deployed function takes PAGE_TOKEN_SECRET_ARN');
  }
  const text = reader.required(
    'PAGE_TOKEN_KEYS',
    'secrets that sign page tokens, separated by commas, the newest first',
  );
  if (text === '') return [];
  const keys = text.split(',').map((key) => key.trim());
  if (keys.some((key) => key.length < MIN_KEY_LENGTH)) {
    reader.fault(`PAGE_TOKEN_KEYS has a key of less than ${MIN_KEY_LENGTH} characters`);
  }
  return keys;
}

/**
 * Access is open only where somebody says so, and never on Lambda: a deployment that forgot its issuer
 * must not start.
 */
function readAccess(reader: EnvReader): AccessConfig {
  const issuer = reader.optional('AUTH_ISSUER');
  const audience = reader.optional('AUTH_AUDIENCE');
  const jwksUrl = reader.optional('AUTH_JWKS_URL');
  const given = [issuer, audience, jwksUrl].filter((value) => value !== undefined);
  const open = reader.flag('AUTH_OPEN', false);
  if (given.length === 0 && open) {
    if (reader.optional('AWS_LAMBDA_FUNCTION_NAME') === undefined) return { mode: 'open' };
    reader.fault('AUTH_OPEN is not for a deployed function');
  }
  if (given.length > 0 && open) reader.fault('AUTH_OPEN stands beside AUTH_ISSUER and the like');
  return {
    mode: 'jwt',
    issuer: issuer ?? reader.required('AUTH_ISSUER', 'who signs the tokens'),
    audience: audience ?? reader.required('AUTH_AUDIENCE', 'whom the tokens are for'),
    jwksUrl:
      jwksUrl === undefined
        ? reader.required('AUTH_JWKS_URL', 'where the keys of the issuer are')
        : reader.safeUrl('AUTH_JWKS_URL', jwksUrl),
  };
}

export type { Env };
export { ConfigError };
