import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { succeeded } from '../subject.ts';
import type { Row } from './row.ts';
import { BATCH, CALLING, CLI, DIFFERENCES, EXECUTE, RESTJSON, SDK, TROUBLES } from './sources.ts';

export const wire: readonly Row[] = [
  {
    name: 'ExecuteStatement is POST /Execute',
    source: SDK,
    async run({ api }) {
      equal((await api.send('/Execute', { sql: 'select 1' })).status, 200);
    },
  },
  {
    name: 'BatchExecuteStatement is POST /BatchExecute',
    source: SDK,
    async run({ api }) {
      const call = { sql: 'select 1', parameterSets: [[]] };
      equal((await api.send('/BatchExecute', call)).status, 200);
    },
  },
  {
    name: 'BeginTransaction answers an id of at most 192 characters',
    source: 'API_BeginTransaction',
    async run({ api }) {
      const id = await api.begin();
      equal(id.length > 0 && id.length <= 192, true);
      await api.rollback(id);
    },
  },
  {
    name: 'CommitTransaction says Transaction Committed',
    source: CLI,
    async run({ api }) {
      const { json } = await api.commit(await api.begin());
      deepEqual(json, { transactionStatus: 'Transaction Committed' });
    },
  },
  {
    name: 'RollbackTransaction says Rollback Complete',
    source: 'floci, RdsDataService; koxudaxi/local-data-api',
    async run({ api }) {
      const { json } = await api.rollback(await api.begin());
      deepEqual(json, { transactionStatus: 'Rollback Complete' });
    },
  },
  {
    name: 'ExecuteSql is refused',
    source: DIFFERENCES,
    async run({ api }) {
      await api.refused(api.send('/ExecuteSql'), 'BadRequestException', 400, /ExecuteSql/);
    },
  },
  {
    name: 'an answer has a request id of its own',
    source: RESTJSON,
    async run({ api }) {
      const [first, second] = [
        await api.send('/Execute', { sql: 'select 1' }),
        await api.send('/Execute', { sql: 'select 1' }),
      ];
      match(first.requestId, /^[0-9a-f-]{36}$/);
      notEqual(first.requestId, second.requestId);
    },
  },
  {
    name: 'an error has a request id too, and its class in x-amzn-errortype',
    source: RESTJSON,
    async run({ api }) {
      const answer = await api.send('/Execute', { sql: 'select' + ' from' + ' nowhere' });
      match(answer.requestId, /^[0-9a-f-]{36}$/);
      equal(answer.type, 'DatabaseErrorException');
      deepEqual(Object.keys(answer.json), ['message']);
    },
  },
  {
    name: 'an answer is application/json',
    source: RESTJSON,
    async run({ api }) {
      equal((await api.send('/Execute', { sql: 'select 1' })).contentType, 'application/json');
    },
  },
  {
    name: 'any content type is taken',
    source: 'localstack #11464',
    async run({ api }) {
      const body = JSON.stringify({ ...api.address, sql: 'select 1' });
      const headers = { 'content-type': 'application/x-amz-json-1.1' };
      equal((await api.post('/Execute', body, headers)).status, 200);
    },
  },
  {
    name: 'unknown members are passed over',
    source: 'koxudaxi/local-data-api #124',
    async run({ api }) {
      equal((await api.send('/Execute', { sql: 'select 1', later: { a: 1 } })).status, 200);
    },
  },
  {
    name: 'null members are absent ones',
    source: SDK,
    async run({ api }) {
      const call = { sql: 'select 1', transactionId: null, schema: null, parameters: null };
      equal((await api.send('/Execute', call)).status, 200);
    },
  },
  {
    name: 'what is not JSON is a SerializationException',
    source: RESTJSON,
    async run({ api }) {
      await api.refused(api.post('/Execute', '{'), 'SerializationException', 400, /JSON/);
    },
  },
  {
    name: 'a member of another type is a SerializationException',
    source: RESTJSON,
    async run({ api }) {
      await api.refused(api.send('/Execute', { sql: 1 }), 'SerializationException', 400, /sql/);
    },
  },
  {
    name: 'an unknown path is an UnknownOperationException',
    source: RESTJSON,
    async run({ api }) {
      await api.refused(api.send('/Nothing'), 'UnknownOperationException', 404, /operation/);
    },
  },
  ...['resourceArn', 'secretArn', 'sql'].map(
    (member): Row => ({
      name: `${member} is required`,
      source: SDK,
      async run({ api }) {
        const call = api.send('/Execute', { sql: 'select 1', [member]: null });
        await api.refused(call, 'ValidationException', 400, new RegExp(`'${member}'.*not be null`));
      },
    }),
  ),
  {
    name: 'a value out of an enumeration is refused',
    source: SDK,
    async run({ api }) {
      const call = api.send('/Execute', { sql: 'select 1', formatRecordsAs: 'XML' });
      await api.refused(call, 'ValidationException', 400, /enum value set: \[NONE, JSON\]/);
    },
  },
  {
    name: 'the ARN of another cluster is one without an endpoint',
    source: TROUBLES,
    async run({ api }) {
      const resourceArn = 'arn:aws:rds:us-east-1:123456789012:cluster:another';
      await api.refused(
        api.send('/Execute', { sql: 'select 1', resourceArn }),
        'HttpEndpointNotEnabledException',
        400,
        'HttpEndpoint is not enabled for cluster another',
      );
    },
  },
  {
    name: 'the ARN in other case is one without an endpoint',
    source: TROUBLES,
    async run({ api }) {
      const resourceArn = api.server.resourceArn.toUpperCase();
      const call = api.send('/Execute', { sql: 'select 1', resourceArn });
      await api.refused(call, 'HttpEndpointNotEnabledException', 400, /is not enabled for cluster/);
    },
  },
  {
    name: 'a disabled endpoint refuses every operation',
    source: TROUBLES,
    async run({ api }) {
      api.server.setHttpEndpoint(false);
      try {
        for (const path of ['/Execute', '/BatchExecute', '/BeginTransaction']) {
          const call = api.send(path, { sql: 'select 1' });
          await api.refused(call, 'HttpEndpointNotEnabledException', 400, /is not enabled/);
        }
      } finally {
        api.server.setHttpEndpoint(true);
      }
    },
  },
  {
    name: 'an ARN has 11 to 100 characters',
    source: EXECUTE,
    async run({ api }) {
      for (const resourceArn of ['arn:aws', `arn:${'x'.repeat(97)}`]) {
        const call = api.send('/Execute', { sql: 'select 1', resourceArn });
        await api.refused(call, 'ValidationException', 400, /'resourceArn'.*length/);
      }
    },
  },
  {
    name: 'another secret cannot be read',
    source: SDK,
    async run({ api }) {
      const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:no-such';
      const call = api.send('/Execute', { sql: 'select 1', secretArn });
      await api.refused(call, 'SecretsErrorException', 400, /no-such/);
    },
  },
  {
    name: 'an unknown database is PostgreSQL’s error',
    source: 'aws/aws-cli #8577',
    async run({ api }) {
      await api.refused(
        api.send('/Execute', { sql: 'select 1', database: 'nowhere' }),
        'DatabaseErrorException',
        400,
        'ERROR: database "nowhere" does not exist; SQLState: 3D000',
      );
    },
  },
  {
    name: 'without a database it is that of the user’s name',
    source: 'aws/aws-cli #8577',
    async run({ api }) {
      await api.refused(
        api.send('/Execute', { sql: 'select 1', database: null }),
        'DatabaseErrorException',
        400,
        'ERROR: database "postgres" does not exist; SQLState: 3D000',
      );
    },
  },
  {
    name: 'in a transaction the database need not be named',
    source: CALLING,
    async run({ api }) {
      const transactionId = await api.begin();
      const call = { sql: 'select 1', database: null, transactionId };
      succeeded(await api.send('/Execute', call));
      await api.rollback(transactionId);
    },
  },
  ...['/Execute', '/BatchExecute', '/BeginTransaction'].map(
    (path): Row => ({
      name: `schema is refused by ${path}`,
      source: `${EXECUTE}, ${BATCH}`,
      async run({ api }) {
        await api.refused(
          api.send(path, { sql: 'select 1', schema: 'public' }),
          'ValidationException',
          400,
          "The schema parameter isn't supported",
        );
      },
    }),
  ),
];
