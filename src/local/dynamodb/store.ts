import { mkdir } from 'node:fs/promises';
import {
  type DynaliteStore,
  dynaliteDb,
  keyRange,
  type LevelOperation,
  type Table,
  tablePrefixes,
} from './dynalite.ts';

export interface StoreOptions {
  readonly dataDir?: string;
  readonly region: string;
  readonly accountId: string;
}

/** The data folder cannot be used; `message` is one line for a person. */
export class DataFolderError extends Error {
  readonly code: 'data_folder_in_use' | 'data_folder_unusable';

  constructor(code: DataFolderError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'DataFolderError';
    this.code = code;
  }
}

/**
 * Opens the store, in memory or in a folder.
 * What was acknowledged is there after `kill -9`: LevelDB hands each batch to the system before it
 * answers (without fsync, so a power cut may lose the last writes), and the system drops its lock with
 * the process. Errors: `DataFolderError`.
 */
export async function openStore(options: StoreOptions): Promise<DynaliteStore> {
  const { dataDir } = options;
  if (dataDir !== undefined) {
    await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
      throw unusable(dataDir, cause);
    });
  }
  const store = dynaliteDb.create({
    ...(dataDir === undefined ? {} : { path: dataDir }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  store.tableDb.awsRegion = options.region;
  store.tableDb.awsAccountId = options.accountId;
  await store.db.open().catch((cause: unknown) => {
    throw unusable(dataDir ?? 'memory', cause);
  });
  await finishTableChanges(store);
  return store;
}

/** A process killed while a table changed its status would leave the table in between for ever. */
async function finishTableChanges(store: DynaliteStore): Promise<void> {
  const operations: LevelOperation[] = [];
  for await (const [key, value] of store.db.iterator(keyRange('table~'))) {
    const table = value as Table;
    if (table.TableStatus === 'CREATING' || table.TableStatus === 'UPDATING') {
      operations.push({ type: 'put', key, value: { ...table, TableStatus: 'ACTIVE' } });
    }
    if (table.TableStatus !== 'DELETING') continue;
    operations.push({ type: 'del', key });
    for (const prefix of tablePrefixes(table.TableName)) {
      for await (const [leftOver] of store.db.iterator(keyRange(prefix))) {
        operations.push({ type: 'del', key: leftOver });
      }
    }
  }
  if (operations.length > 0) await store.db.batch(operations);
}

function unusable(dataDir: string, cause: unknown): DataFolderError {
  const reason = rootCause(cause);
  if ((reason as { code?: unknown }).code === 'LEVEL_LOCKED') {
    const message = `The data folder ${dataDir} is in use by another process.`;
    return new DataFolderError('data_folder_in_use', message, cause);
  }
  const message = `The data folder ${dataDir} cannot be opened: ${reason.message.split('\n')[0]}`;
  return new DataFolderError('data_folder_unusable', message, cause);
}

function rootCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}
