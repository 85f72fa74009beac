import { deepEqual, equal } from 'node:assert/strict';
import { long, text } from '../subject.ts';
import type { Row } from './row.ts';
import { BATCH, CLI, DIFFERENCES, EXECUTE, SDK, TYPES } from './sources.ts';

const LABELS = 'floci #2518; local-data-api #128';

/** Which members an answer has: absent is not empty. */
const members: readonly Row[] = [
  {
    name: 'rows come with numberOfRecordsUpdated 0 and without generatedFields',
    source: CLI,
    async run({ api }) {
      deepEqual(await api.execute('select 1'), {
        numberOfRecordsUpdated: 0,
        records: [[{ longValue: 1 }]],
      });
    },
  },
  {
    name: 'no rows of a SELECT are empty records',
    source: CLI,
    async run({ api }) {
      deepEqual(await api.execute('select 1 where false'), {
        numberOfRecordsUpdated: 0,
        records: [],
      });
    },
  },
  {
    name: 'INSERT, UPDATE and DELETE count, and have neither records nor metadata',
    source: `${CLI}; kysely-data-api counts by the absence`,
    async run({ api }) {
      await api.execute('create table counted (id int, n int)');
      const more = { includeResultMetadata: true };
      for (const [sql, count] of [
        ['insert into counted select n, n from generate_series(1, 5) n', 5],
        ['update counted set n = 0 where id > 2', 3],
        ['delete from counted', 5],
        ['delete from counted', 0],
      ] as const) {
        deepEqual(await api.execute(sql, [], more), {
          generatedFields: [],
          numberOfRecordsUpdated: count,
        });
      }
      await api.execute('drop table counted');
    },
  },
  {
    name: 'DDL updates no records',
    source: CLI,
    async run({ api }) {
      deepEqual(await api.execute('create table ddl (id int)'), {
        generatedFields: [],
        numberOfRecordsUpdated: 0,
      });
      await api.execute('drop table ddl');
    },
  },
  {
    name: 'RETURNING gives records, a count of 0 and no generatedFields',
    source: DIFFERENCES,
    async run({ api }) {
      await api.execute('create table returned (id serial primary key, n int)');
      const sql = 'insert into returned (n) values (:a), (:b) returning id, n';
      deepEqual(await api.execute(sql, [long('a', 7), long('b', 8)]), {
        numberOfRecordsUpdated: 0,
        records: [
          [{ longValue: 1 }, { longValue: 7 }],
          [{ longValue: 2 }, { longValue: 8 }],
        ],
      });
      await api.execute('drop table returned');
    },
  },
  {
    name: 'generated keys come in generatedFields never',
    source: `${SDK}; data-api-client #81`,
    async run({ api }) {
      await api.execute('create table generated (id serial primary key, n int)');
      const { generatedFields } = await api.execute('insert into generated (n) values (1)');
      deepEqual(generatedFields, []);
      await api.execute('drop table generated');
    },
  },
];

const batch: readonly Row[] = [
  {
    name: 'a batch runs once for each set',
    source: BATCH,
    async run({ api }) {
      await api.execute('create table batched (id int8 primary key, s text)');
      const sql = 'insert into batched values (:id, :s)';
      const parameterSets = [1, 2, 3].map((n) => [long('id', n), text('s', `n${n}`)]);
      const { json } = await api.send('/BatchExecute', { sql, parameterSets });
      deepEqual(json, { updateResults: Array(3).fill({ generatedFields: [] }) });
      deepEqual(await api.cell("select string_agg(s, ' ' order by id) from batched"), {
        stringValue: 'n1 n2 n3',
      });
      await api.execute('drop table batched');
    },
  },
  {
    name: 'what RETURNING says in a batch is lost',
    source: `${DIFFERENCES}; paws-r/paws #921`,
    async run({ api }) {
      await api.execute('create table lost (id serial, n int8)');
      const sql = 'insert into lost (n) values (:n) returning id';
      const { json } = await api.send('/BatchExecute', { sql, parameterSets: [[long('n', 1)]] });
      deepEqual(json, { updateResults: [{ generatedFields: [] }] });
      deepEqual(await api.cell('select count(*) from lost'), { longValue: 1 });
      await api.execute('drop table lost');
    },
  },
  {
    name: 'a batch of one empty set runs once, of no sets not at all',
    source: BATCH,
    async run({ api }) {
      await api.execute('create table ticks (at text)');
      const sql = "insert into ticks values ('x')";
      const once = await api.send('/BatchExecute', { sql, parameterSets: [[]] });
      deepEqual(once.json, { updateResults: [{ generatedFields: [] }] });
      const never = await api.send('/BatchExecute', { sql });
      deepEqual(never.json, { updateResults: [] });
      deepEqual(await api.cell('select count(*) from ticks'), { longValue: 1 });
      await api.execute('drop table ticks');
    },
  },
  {
    name: 'a batch checks the parameters of every set before it runs any',
    source: SDK,
    async run({ api }) {
      await api.execute('create table checked (n int8)');
      const sql = 'insert into checked values (:n)';
      const parameterSets = [[long('n', 1)], [{ name: 'n', value: { arrayValue: {} } }]];
      const call = api.send('/BatchExecute', { sql, parameterSets });
      await api.refused(call, 'ValidationException', 400, 'Array parameters are not supported.');
      deepEqual(await api.cell('select count(*) from checked'), { longValue: 0 });
      await api.execute('drop table checked');
    },
  },
  {
    name: 'a batch in a transaction is rolled back with it',
    source: BATCH,
    async run({ api }) {
      await api.execute('create table undone (n int8)');
      const transactionId = await api.begin();
      const sql = 'insert into undone values (:n)';
      const parameterSets = [[long('n', 1)], [long('n', 2)]];
      await api.send('/BatchExecute', { sql, parameterSets, transactionId });
      await api.rollback(transactionId);
      deepEqual(await api.cell('select count(*) from undone'), { longValue: 0 });
      await api.execute('drop table undone');
    },
  },
  {
    name: 'a batch of several statements is refused',
    source: DIFFERENCES,
    async run({ api }) {
      const call = api.send('/BatchExecute', { sql: 'select 1; select 2', parameterSets: [[]] });
      await api.refused(call, 'ValidationException', 400, "Multistatements aren't supported.");
    },
  },
];

const MEMBERS = [
  ...['arrayBaseColumnType', 'isAutoIncrement', 'isCaseSensitive', 'isCurrency', 'isSigned'],
  ...['label', 'name', 'nullable', 'precision', 'scale', 'schemaName', 'tableName', 'type'],
  'typeName',
];

const metadata: readonly Row[] = [
  {
    name: 'metadata comes only where asked',
    source: EXECUTE,
    async run({ api }) {
      equal('columnMetadata' in (await api.execute('select 1')), false);
    },
  },
  {
    name: 'metadata comes for no rows too',
    source: EXECUTE,
    async run({ api }) {
      equal((await api.metadata('select 1 a, 2 b where false')).length, 2);
    },
  },
  {
    name: 'metadata has all of its 14 members',
    source: SDK,
    async run({ api }) {
      const [column] = await api.metadata('select 1');
      deepEqual(Object.keys(column ?? {}).sort(), MEMBERS);
    },
  },
  {
    name: 'label is the alias, name and tableName are the table’s',
    source: LABELS,
    async run({ api }) {
      await api.execute(
        'create table named (id serial primary key, tag varchar(20), n numeric(8,3))',
      );
      const [id, tag, n, sum] = await api.metadata('select id key, tag, n, n + 1 sum from named x');
      deepEqual(
        [id?.label, id?.name, id?.tableName, id?.nullable, id?.isAutoIncrement],
        ['key', 'id', 'named', 0, true],
      );
      deepEqual(
        [tag?.name, tag?.tableName, tag?.nullable, tag?.precision],
        ['tag', 'named', 1, 20],
      );
      deepEqual([n?.precision, n?.scale], [8, 3]);
      deepEqual([sum?.label, sum?.name, sum?.tableName, sum?.nullable], ['sum', 'sum', '', 2]);
      await api.execute('drop table named');
    },
  },
  {
    name: 'tableName follows a rename, and what a transaction has not committed',
    source: LABELS,
    async run({ api }) {
      await api.execute('create table before (id int)');
      equal((await api.metadata('select id from before'))[0]?.tableName, 'before');
      const transactionId = await api.begin();
      await api.execute('alter table before rename to after', [], { transactionId });
      const more = { transactionId, includeResultMetadata: true };
      const inside = await api.execute('select id from after', [], more);
      equal((inside.columnMetadata as { tableName: string }[])[0]?.tableName, 'after');
      await api.rollback(transactionId);
      equal((await api.metadata('select id from before'))[0]?.tableName, 'before');
      await api.execute('drop table before');
    },
  },
  {
    name: 'an array is described as JDBC does',
    source: 'local-data-api #128, a sample of AWS’s',
    async run({ api }) {
      await api.execute('create table arrayed (tags text[])');
      const [column] = await api.metadata('select tags from arrayed');
      deepEqual(column, {
        arrayBaseColumnType: 0,
        isAutoIncrement: false,
        isCaseSensitive: true,
        isCurrency: false,
        isSigned: false,
        label: 'tags',
        name: 'tags',
        nullable: 1,
        precision: 2147483647,
        scale: 0,
        schemaName: '',
        tableName: 'arrayed',
        type: 2003,
        typeName: '_text',
      });
      await api.execute('drop table arrayed');
    },
  },
  {
    name: 'types have the codes of JDBC and PostgreSQL’s names',
    source: `${TYPES}; pgjdbc, TypeInfoCache`,
    async run({ api }) {
      const columns = await api.metadata(
        `select true, 1::int2, 1::int4, 1::int8, 1::float4, 1::float8, 1::numeric, 'a'::text, 'a'::varchar,
         'a'::bpchar, now()::date, now()::time, now()::timestamp, now(), ''::bytea, gen_random_uuid(), '1'::json, '1'::jsonb`,
      );
      deepEqual(
        columns.map(({ typeName, type }) => `${typeName} ${type}`).join(', '),
        'bool -7, int2 5, int4 4, int8 -5, float4 7, float8 8, numeric 2, text 12, varchar 12, bpchar 1, date 91, time 92, timestamp 93, timestamptz 93, bytea -2, uuid 1111, json 1111, jsonb 1111',
      );
    },
  },
  {
    name: 'numbers are signed and know no case',
    source: 'pgjdbc, TypeInfoCache',
    async run({ api }) {
      const columns = await api.metadata("select 1, 1.5::numeric, 'a', true");
      deepEqual(
        columns.map(({ isSigned, isCaseSensitive }) => [isSigned, isCaseSensitive]),
        [
          [true, false],
          [true, false],
          [false, true],
          [false, false],
        ],
      );
    },
  },
  {
    name: 'two columns may have one label',
    source: EXECUTE,
    async run({ api }) {
      const { records } = await api.execute('select 1 a, 2 a');
      deepEqual(records, [[{ longValue: 1 }, { longValue: 2 }]]);
      deepEqual(
        (await api.metadata('select 1 a, 2 a')).map(({ label }) => label),
        ['a', 'a'],
      );
    },
  },
];

export const statements: readonly Row[] = [...members, ...batch, ...metadata];
