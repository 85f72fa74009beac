import type { RDSData } from '@aws-sdk/client-rds-data';
import { CompiledQuery, Kysely, sql } from 'kysely';
import { DataApiDialect } from 'kysely-data-api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
// The inside of the folder: each defect is shown beside what takes its place.
import { CheckedDataApiDialect, type DataApiClient } from '../../src/aurora/data-api-dialect.ts';

/** Defects of kysely-data-api 2.0.0 (with kysely 0.28.17). A test of the first half that fails: the defect is gone, so is the reason for what stands against it in src/aurora. */

interface Sent {
  readonly method: string;
  readonly input: Record<string, unknown>;
}

type Answers = Partial<Record<string, (input: Record<string, unknown>) => unknown>>;

function recordingClient(answers: Answers = {}): { client: DataApiClient; sent: Sent[] } {
  const sent: Sent[] = [];
  let transactions = 0;
  const method = (name: string, fallback: () => unknown) => async (input: object) => {
    sent.push({ method: name, input: input as Record<string, unknown> });
    return (answers[name]?.(input as Record<string, unknown>) ?? fallback()) as never;
  };
  const client = {
    executeStatement: method('executeStatement', () => ({ numberOfRecordsUpdated: 0 })),
    beginTransaction: method('beginTransaction', () => ({ transactionId: `t${++transactions}` })),
    commitTransaction: method('commitTransaction', () => ({})),
    rollbackTransaction: method('rollbackTransaction', () => ({})),
  };
  return { client, sent };
}

const where = { resourceArn: 'arn:cluster', secretArn: 'arn:secret', database: 'tandem' };

// biome-ignore lint/suspicious/noExplicitAny: the tables are of no concern here
type AnyTables = any;

function raw(answers?: Answers): { db: Kysely<AnyTables>; sent: Sent[] } {
  const { client, sent } = recordingClient(answers);
  const dialect = new DataApiDialect({
    mode: 'postgres',
    driver: { client: client as unknown as RDSData, ...where },
  });
  return { db: new Kysely({ dialect }), sent };
}

function checked(answers?: Answers): { db: Kysely<AnyTables>; sent: Sent[] } {
  const { client, sent } = recordingClient(answers);
  const dialect = new CheckedDataApiDialect({ client, ...where, columnTypes: {} });
  return { db: new Kysely({ dialect }), sent };
}

const oneRow = (typeName: string, field: object, label = 'x'): Answers => ({
  executeStatement: () => ({ columnMetadata: [{ name: label, typeName }], records: [[field]] }),
});

const firstRow = async (db: Kysely<AnyTables>): Promise<unknown> =>
  (await db.executeQuery(CompiledQuery.raw('select'))).rows[0];

/** What the driver hands to kysely, before kysely looks at it. */
const driverAnswer = (db: Kysely<AnyTables>): Promise<unknown> =>
  db
    .getExecutor()
    .provideConnection((connection) => connection.executeQuery(CompiledQuery.raw('update')));

beforeEach(() => {
  // The warning that one of the tests below is about.
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('kysely-data-api 2.0.0 as it comes', () => {
  it('sends a bigint as a double', () => {
    const [parameter] = sql`select ${9007199254740993n}`.compile(raw().db).parameters;
    expect(parameter).toEqual({ name: '0', value: { doubleValue: 9007199254740992 } });
  });

  it('rounds an integer beyond 2^53 without a word', () => {
    const [parameter] = sql`select ${2 ** 60 + 1}`.compile(raw().db).parameters;
    expect(parameter).toEqual({ name: '0', value: { longValue: 2 ** 60 } });
  });

  it('lets NaN through', () => {
    const [parameter] = sql`select ${Number.NaN}`.compile(raw().db).parameters;
    expect(parameter).toEqual({ name: '0', value: { doubleValue: Number.NaN } });
  });

  it('sends an object with a member `value` as it is, names and all', () => {
    const evil = { name: '7', value: { stringValue: 'evil' } };
    const [parameter] = sql`select ${evil}`.compile(raw().db).parameters;
    expect(parameter).toEqual(evil);
  });

  it('does not cast a text to what its column is', () => {
    const query = raw().db.insertInto('t').values({ at: '2026-01-01T00:00:00Z' }).compile();
    expect(query.sql).toBe('insert into "t" ("at") values (:0)');
  });

  it('passes bare values of CompiledQuery.raw on as parameters', async () => {
    const { db, sent } = raw();
    await db.executeQuery(CompiledQuery.raw('select $1', ['a']));
    expect(sent[0]?.input.parameters).toEqual(['a']);
  });

  it('cuts timestamptz to milliseconds and makes it a Date', async () => {
    const { db } = raw(oneRow('timestamptz', { stringValue: '2026-01-01 00:00:00.123456' }));
    expect(await firstRow(db)).toEqual({ x: new Date('2026-01-01T00:00:00.123Z') });
  });

  it('parses json, which loses digits', async () => {
    const { db } = raw(oneRow('jsonb', { stringValue: '{"n":9007199254740993}' }));
    expect(await firstRow(db)).toEqual({ x: { n: 9007199254740992 } });
  });

  it('reads an empty array and an unknown field as null', async () => {
    expect(await firstRow(raw(oneRow('_text', { arrayValue: {} })).db)).toEqual({ x: null });
    expect(await firstRow(raw(oneRow('text', { newValue: 1 })).db)).toEqual({ x: null });
  });

  it('drops the count where there is an empty list of columns', async () => {
    const { db } = raw({
      executeStatement: () => ({ columnMetadata: [], numberOfRecordsUpdated: 3 }),
    });
    const result = await db.executeQuery(CompiledQuery.raw('update'));
    expect(result.numAffectedRows).toBeUndefined();
  });

  it('asks for no exact numbers', async () => {
    const { db, sent } = raw();
    await db.executeQuery(CompiledQuery.raw('select 1'));
    expect(sent[0]?.input).not.toHaveProperty('resultSetOptions');
  });

  it('lets a later column take the place of an earlier one of the same name', async () => {
    const { db } = raw({
      executeStatement: () => ({
        columnMetadata: [{ name: 'x' }, { name: 'x' }],
        records: [[{ stringValue: 'a' }, { stringValue: 'b' }]],
      }),
    });
    expect(await firstRow(db)).toEqual({ x: 'b' });
  });

  it('ignores isolation level and access mode', async () => {
    const { db, sent } = raw();
    await db
      .transaction()
      .setIsolationLevel('serializable')
      .setAccessMode('read only')
      .execute(async () => undefined);
    expect(sent.map(({ method }) => method)).toEqual(['beginTransaction', 'commitTransaction']);
  });

  it('hides the first error behind that of the rollback', async () => {
    const { db } = raw({
      rollbackTransaction: () => {
        throw new Error('Transaction t1 is not found');
      },
    });
    const failing = db.transaction().execute(async () => {
      throw new Error('the reason');
    });
    await expect(failing).rejects.toThrow('not found');
  });

  it('sends the id of a transaction that has ended', async () => {
    const { db, sent } = raw();
    await db.connection().execute(async (connection) => {
      await connection.transaction().execute(async () => undefined);
      await connection.executeQuery(CompiledQuery.raw('select 1'));
    });
    expect(sent.at(-1)?.input.transactionId).toBe('t1');
  });

  it('answers with `numUpdatedOrDeletedRows`, at which kysely prints a warning', async () => {
    expect(await driverAnswer(raw().db)).toHaveProperty('numUpdatedOrDeletedRows');
  });
});

describe('the dialect over kysely-data-api', () => {
  it('says isolation level and access mode in the first statement', async () => {
    const { db, sent } = checked();
    await db
      .transaction()
      .setIsolationLevel('serializable')
      .setAccessMode('read only')
      .execute(async () => undefined);
    expect(sent.map(({ method, input }) => [method, input.sql])).toEqual([
      ['beginTransaction', undefined],
      ['executeStatement', 'set transaction isolation level serializable, read only'],
      ['commitTransaction', undefined],
    ]);
  });

  it('rolls back a transaction whose isolation level could not be set', async () => {
    const { db, sent } = checked({
      executeStatement: () => {
        throw new Error('refused');
      },
    });
    const failing = db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async () => undefined);
    await expect(failing).rejects.toThrow('refused');
    expect(sent.at(-1)?.method).toBe('rollbackTransaction');
  });

  it('tells the first error when the rollback fails too', async () => {
    const { db } = checked({
      rollbackTransaction: () => {
        throw new Error('Transaction t1 is not found');
      },
    });
    const failing = db.transaction().execute(async () => {
      throw new Error('the reason');
    });
    await expect(failing).rejects.toThrow('the reason');
  });

  it('sends no id of a transaction that has ended', async () => {
    const { db, sent } = checked();
    await db.connection().execute(async (connection) => {
      await connection.transaction().execute(async (tx) => {
        await tx.executeQuery(CompiledQuery.raw('select 1'));
      });
      await connection.executeQuery(CompiledQuery.raw('select 2'));
      const failing = connection.transaction().execute(async () => {
        throw new Error('no');
      });
      await failing.catch(() => undefined);
      await connection.executeQuery(CompiledQuery.raw('select 3'));
    });
    const statements = sent.filter(({ method }) => method === 'executeStatement');
    expect(statements.map(({ input }) => input.transactionId)).toEqual([
      't1',
      undefined,
      undefined,
    ]);
  });

  it('answers without `numUpdatedOrDeletedRows`, so that kysely prints no warning', async () => {
    const { db } = checked();
    expect(await driverAnswer(db)).toEqual({ rows: [], numAffectedRows: 0n });
  });

  it('counts written rows', async () => {
    const { db } = checked({ executeStatement: () => ({ numberOfRecordsUpdated: 3 }) });
    expect((await db.executeQuery(CompiledQuery.raw('update'))).numAffectedRows).toBe(3n);
  });
});
