import { equal } from 'node:assert/strict';
import { type Row, refuses } from './row.ts';
import { TROUBLES } from './sources.ts';

const FORMAT = 'drizzle-orm #2583';
const DATABASE = 'DatabaseErrorException';

export const errors: readonly Row[] = [
  refuses(
    'an error is one line with hint and position, SQLState last',
    FORMAT,
    "select 'a'::text = 1",
    DATABASE,
    'ERROR: operator does not exist: text = integer; Hint: No operator matches the given name and argument types. You might need to add explicit type casts.; Position: 18; SQLState: 42883',
  ),
  refuses(
    'an error without parts has only its SQLState',
    FORMAT,
    'select 1/0',
    DATABASE,
    'ERROR: division by zero; SQLState: 22012',
  ),
  {
    name: 'a constraint’s error has its detail',
    source: 'data-api-client, src/compat/errors.ts; cloud-utils/aurora-data-api #53',
    async run({ api }) {
      await api.execute('create table once (id int primary key)');
      const sql = 'insert into once values (1)';
      await api.execute(sql);
      await api.refused(
        api.send('/Execute', { sql }),
        DATABASE,
        400,
        'ERROR: duplicate key value violates unique constraint "once_pkey"; Detail: Key (id)=(1) already exists.; SQLState: 23505',
      );
      await api.execute('drop table once');
    },
  },
  refuses(
    'the position counts in the rewritten statement',
    FORMAT,
    'select :long_name, nope',
    DATABASE,
    /Position: 12; SQLState: 42703$/,
    [{ name: 'long_name', value: { stringValue: 'x' } }],
  ),
  refuses(
    'a syntax error is a database error',
    FORMAT,
    'selec 1',
    DATABASE,
    /^ERROR: syntax error at or near "selec"; Position: 1; SQLState: 42601$/,
  ),
  refuses(
    'an error raised in SQL keeps its state',
    FORMAT,
    "do $$ begin raise exception 'no' using errcode = 'P0042', detail = 'd', hint = 'h'; end $$",
    DATABASE,
    'ERROR: no; Detail: d; Hint: h; SQLState: P0042',
  ),
  refuses(
    'COPY from the client is refused',
    'pgjdbc, QueryExecutorImpl',
    'copy pg_class to stdout',
    DATABASE,
    /COPY commands are only supported/,
  ),
  {
    name: 'a call goes on after one that failed',
    source: TROUBLES,
    async run({ api }) {
      await api.send('/Execute', { sql: 'selec' });
      equal((await api.send('/Execute', { sql: 'select 1' })).status, 200);
    },
  },
];
