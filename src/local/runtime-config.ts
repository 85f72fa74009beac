import { join, resolve } from 'node:path';
import { type Env, EnvReader } from '../lambda/env-reader.ts';

/** What the local process is told by its variables; what the functions take is read by them. */
export interface LocalConfig {
  readonly port: number;
  /** Folders of the data; absent when nothing is kept. */
  readonly folders?: {
    readonly root: string;
    readonly postgres: string;
    readonly dynamodb: string;
    readonly keys: string;
  };
  readonly sample: boolean;
  /** A PostgreSQL to use instead of PGlite. */
  readonly databaseUrl?: string;
  /** A DynamoDB to use instead of the embedded one. */
  readonly dynamodbEndpoint?: string;
  /** Idle seconds before the local Aurora falls asleep; 0: never. */
  readonly autoPauseSeconds: number;
  readonly resumeSeconds: number;
}

const DAY_SECONDS = 86_400;

/** Reads the variables of the local process; what is wrong is remembered by the reader. */
export function readLocalConfig(reader: EnvReader): LocalConfig {
  const dataDir = reader.optional('DATA_DIR') ?? '.data';
  const databaseUrl = reader.optional('DATABASE_URL');
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\/./.test(databaseUrl)) {
    // Its text stays out of the message: there may be a password in it.
    reader.fault('DATABASE_URL must begin with postgres://');
  }
  const dynamodbEndpoint = reader.optional('DYNAMODB_ENDPOINT');
  if (dynamodbEndpoint !== undefined && !/^https?:\/\/./.test(dynamodbEndpoint)) {
    reader.fault(`DYNAMODB_ENDPOINT is "${dynamodbEndpoint}", must be an http or https address`);
  }
  return {
    port: reader.wholeNumber('PORT', 3000, 0, 65_535),
    ...(dataDir === 'memory' ? {} : { folders: foldersIn(resolve(dataDir)) }),
    sample: reader.flag('SAMPLE', true),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(dynamodbEndpoint === undefined ? {} : { dynamodbEndpoint }),
    autoPauseSeconds: readSeconds(reader, 'AUTO_PAUSE_SECONDS', 0),
    resumeSeconds: readSeconds(reader, 'RESUME_SECONDS', 15),
  };
}

/** Reads them from an environment. Errors: `ConfigError`. */
export function parseLocalConfig(env: Env): LocalConfig {
  const reader = new EnvReader(env);
  const config = readLocalConfig(reader);
  reader.finish();
  return config;
}

function foldersIn(root: string): NonNullable<LocalConfig['folders']> {
  return {
    root,
    postgres: join(root, 'postgres'),
    dynamodb: join(root, 'dynamodb'),
    keys: join(root, 'page-token-key'),
  };
}

function readSeconds(reader: EnvReader, name: string, fallback: number): number {
  const value = reader.seconds(name, fallback);
  if (value > DAY_SECONDS) reader.fault(`${name} is "${value}", must be at most ${DAY_SECONDS}`);
  return value;
}
