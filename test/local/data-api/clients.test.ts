import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RDSData, RDSDataClient } from '@aws-sdk/client-rds-data';
import { eq, sql as raw } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/aws-data-api/pg';
import { migrate as migrateDrizzle } from 'drizzle-orm/aws-data-api/pg/migrator';
import {
  bigserial,
  boolean,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { type Generated, Kysely, Migrator, sql } from 'kysely';
import { DataApiDialect } from 'kysely-data-api';
import { pg as typeormDriver } from 'typeorm-aurora-data-api-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as dataApi from '../../../src/local/data-api/index.ts';
import { Subject } from './subject.ts';

let api: Subject;
let connection: object;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  api = await Subject.start(dataApi, process.env.TEST_DATABASE_URL, { sessionWaitMs: 2_000 });
  connection = {
    endpoint: api.server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  };
});

afterAll(async () => {
  for (const client of opened) client.destroy();
  await api?.close();
});

const open = <T extends { destroy(): void }>(client: T): T => {
  opened.push(client);
  return client;
};

describe('the plain SDK, against the local Data API', () => {
  it('runs every operation', async () => {
    const client = open(new RDSData(connection));
    const { address } = api;
    await client.executeStatement({ ...address, sql: 'create table sdk (id int8, b bytea)' });
    const { transactionId = '' } = await client.beginTransaction(address);
    const batch = await client.batchExecuteStatement({
      ...address,
      transactionId,
      sql: 'insert into sdk values (:id, :b)',
      parameterSets: [1, 2].map((longValue) => [
        { name: 'id', value: { longValue } },
        { name: 'b', value: { blobValue: new Uint8Array([longValue, 255]) } },
      ]),
    });
    expect(batch.updateResults).toHaveLength(2);
    const { resourceArn, secretArn } = address;
    const end = { resourceArn, secretArn, transactionId };
    expect((await client.commitTransaction(end)).transactionStatus).toBe('Transaction Committed');
    const { records } = await client.executeStatement({ ...address, sql: 'select b from sdk' });
    expect(records?.[1]?.[0]?.blobValue).toEqual(new Uint8Array([2, 255]));
  });

  it('meets errors as the classes of its model', async () => {
    const client = open(new RDSData(connection));
    const { resourceArn, secretArn } = api.address;
    const gone = client.rollbackTransaction({ resourceArn, secretArn, transactionId: 'bm9uZQ==' });
    await expect(gone).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      $fault: 'client',
      $metadata: { httpStatusCode: 404, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    const wrong = client.executeStatement({ ...api.address, sql: 'selec' });
    await expect(wrong).rejects.toMatchObject({ name: 'DatabaseErrorException' });
  });
});

describe('Kysely with kysely-data-api, against the local Data API', () => {
  interface Tables {
    pet: { id: Generated<number>; name: string; tags: string[] | null; born: Date | null };
  }

  it('migrates, writes, reads, counts and rolls back', async () => {
    const { resourceArn, secretArn, database } = api.address;
    const db = new Kysely<Tables>({
      dialect: new DataApiDialect({
        mode: 'postgres',
        driver: { client: open(new RDSData(connection)), database, resourceArn, secretArn },
      }),
    });
    const migrations = {
      '1_pets': {
        up: async (to: Kysely<unknown>) => {
          await to.schema
            .createTable('pet')
            .addColumn('id', 'bigserial', (column) => column.primaryKey())
            .addColumn('name', 'text', (column) => column.notNull().unique())
            .addColumn('tags', sql`text[]`)
            .addColumn('born', 'timestamptz')
            .execute();
        },
        down: async (to: Kysely<unknown>) => to.schema.dropTable('pet').execute(),
      },
    };
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error, results } = await migrator.migrateToLatest();
    expect(error).toBeUndefined();
    expect(results?.map(({ status }) => status)).toEqual(['Success']);
    expect((await migrator.migrateToLatest()).results).toEqual([]);

    const born = new Date('2020-02-03T04:05:06.789Z');
    const { id } = await db
      .insertInto('pet')
      .values({ name: 'Rex', tags: sql`array['dog', null]`, born })
      .returning('id')
      .executeTakeFirstOrThrow();
    expect(id).toBe(1);
    expect(await db.selectFrom('pet').selectAll().execute()).toEqual([
      { id: 1, name: 'Rex', tags: ['dog', null], born },
    ]);
    const update = await db.updateTable('pet').set({ name: 'Max' }).executeTakeFirstOrThrow();
    expect(update.numUpdatedRows).toBe(1n);
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto('pet').values({ name: 'Tom' }).execute();
      await trx.insertInto('pet').values({ name: 'Max' }).execute();
    });
    await expect(failing).rejects.toThrow(/SQLState: 23505/);
    const left = await db.deleteFrom('pet').where('id', '>', 0).executeTakeFirstOrThrow();
    expect(left.numDeletedRows).toBe(1n);
    const tables = await db.introspection.getTables();
    expect(tables.map(({ name }) => name)).toContain('pet');
    expect((await migrator.migrateDown()).error).toBeUndefined();
  });
});

describe('drizzle-orm, against the local Data API', () => {
  const plant = pgTable('plant', {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    key: uuid('key').notNull(),
    name: text('name').notNull(),
    height: integer('height'),
    isWild: boolean('is_wild').notNull().default(false),
    facts: jsonb('facts'),
    seenAt: timestamp('seen_at', { withTimezone: false, mode: 'string' }),
  });
  const KEY = '0188f0a0-0000-7000-8000-000000000001';

  it('migrates, writes, reads and nests transactions', async () => {
    const { resourceArn, secretArn, database } = api.address;
    const client = open(new RDSDataClient(connection));
    const db = drizzle(client, { resourceArn, secretArn, database });
    const migrationsFolder = mkdtempSync(join(tmpdir(), 'data-api-drizzle-'));
    try {
      writeMigrations(migrationsFolder);
      await migrateDrizzle(db, { migrationsFolder });
      await migrateDrizzle(db, { migrationsFolder });
    } finally {
      rmSync(migrationsFolder, { recursive: true });
    }

    const seenAt = '2026-01-02 03:04:05.600';
    const facts = { leaves: [1, 2], of: 'ash' };
    const [planted] = await db
      .insert(plant)
      .values({ key: KEY, name: 'Ash', height: 12, facts, seenAt })
      .returning();
    expect(planted).toEqual({
      id: 1,
      key: KEY,
      name: 'Ash',
      height: 12,
      isWild: false,
      facts,
      seenAt,
    });
    await db.update(plant).set({ isWild: true }).where(eq(plant.key, KEY));
    await db.transaction(async (outer) => {
      await outer.insert(plant).values({ key: KEY, name: 'Kept' });
      const inner = outer.transaction(async (nested) => {
        await nested.insert(plant).values({ key: KEY, name: 'Dropped' });
        nested.rollback();
      });
      await expect(inner).rejects.toThrow(/[Rr]ollback/);
    });
    const names = await db.select({ name: plant.name }).from(plant).orderBy(plant.id);
    expect(names).toEqual([{ name: 'Ash' }, { name: 'Kept' }]);
    const { rows } = await db.execute<{ n: number }>(raw`select count(*)::int as n from plant`);
    expect(rows).toEqual([{ n: 2 }]);
  });

  function writeMigrations(folder: string): void {
    mkdirSync(join(folder, 'meta'));
    const entry = { idx: 0, version: '7', when: 1, tag: '0000_plant', breakpoints: true };
    const journal = { version: '7', dialect: 'postgresql', entries: [entry] };
    writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify(journal));
    writeFileSync(
      join(folder, '0000_plant.sql'),
      `create table plant (id bigserial primary key, key uuid not null, name text not null, height integer,
       is_wild boolean not null default false, facts jsonb, seen_at timestamp);
       --> statement-breakpoint
       create index plant_key on plant (key);`,
    );
  }
});

describe('typeorm-aurora-data-api-driver, against the local Data API', () => {
  it('queries with numbered parameters, in transactions and out of them', async () => {
    const { resourceArn, secretArn, database } = api.address;
    const driver = typeormDriver(
      'us-east-1',
      secretArn,
      resourceArn,
      database,
      () => undefined,
      connection,
      { castParameters: false },
    );
    await driver.query('create table orm (id serial primary key, name text, n int8)');
    await driver.startTransaction();
    const inserted = await driver.query(
      'insert into orm (name, n) values ($1, $2) returning id, name',
      ['first', 7],
    );
    expect([...inserted]).toEqual([{ id: 1, name: 'first' }]);
    await driver.commitTransaction();
    await driver.startTransaction();
    await driver.query('delete from orm where name = $1', ['first']);
    await driver.rollbackTransaction();
    const found = await driver.query('select name, n from orm where n >= $1', [7]);
    expect([...found]).toEqual([{ name: 'first', n: 7 }]);
    const failing = driver.query('select * from orm where id = $1', ['one']);
    await expect(failing).rejects.toThrow(/operator does not exist: integer = text/);
  });
});
