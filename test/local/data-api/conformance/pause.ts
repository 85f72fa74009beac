import { deepEqual, equal } from 'node:assert/strict';
import type { Subject } from '../subject.ts';
import type { Row } from './row.ts';
import { AUTO_PAUSE, SDK } from './sources.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const RESUMING =
  /^The Aurora DB instance arn:aws:rds:[^ ]+ is resuming after being auto-paused\. Please wait a few seconds and try again\.$/;
const TEXT = 'aws-sdk-js-v3 #6701';

const select = (api: Subject) => api.send('/Execute', { sql: 'select 1' });
const isResuming = (api: Subject, call = select(api)) =>
  api.refused(call, 'DatabaseResumingException', 400, RESUMING);

/** Leaves the cluster awake and warm for the rows behind. */
async function asleep(api: Subject, work: () => Promise<void>): Promise<void> {
  api.server.setPause({ state: 'asleep', resumeSeconds: 15 });
  try {
    await work();
  } finally {
    api.server.setPause({ state: 'awake', autoPauseSeconds: 0, resumeSeconds: 15 });
    api.clock.advance(HOUR);
  }
}

export const pause: readonly Row[] = [
  {
    name: 'the first call of a paused cluster starts the resume and fails',
    source: TEXT,
    run: ({ api }) =>
      asleep(api, async () => {
        equal(api.server.pauseState().phase, 'paused');
        await isResuming(api);
        equal(api.server.pauseState().phase, 'resuming');
      }),
  },
  {
    name: 'calls fail until it is awake, whichever they are',
    source: SDK,
    run: ({ api }) =>
      asleep(api, async () => {
        await isResuming(api, api.send('/BeginTransaction'));
        api.clock.advance(15 * SECOND - 1);
        await isResuming(api);
        await isResuming(api, api.send('/BatchExecute', { sql: 'select 1', parameterSets: [[]] }));
        api.clock.advance(1);
        equal((await select(api)).status, 200);
      }),
  },
  {
    name: 'the calls that fail run nothing',
    source: SDK,
    run: async ({ api }) => {
      await api.execute('create table dreamt (n int)');
      await asleep(api, async () => {
        await isResuming(api, api.send('/Execute', { sql: 'insert into dreamt values (1)' }));
        api.clock.advance(15 * SECOND);
        deepEqual(await api.cell('select count(*) from dreamt'), { longValue: 0 });
      });
      await api.execute('drop table dreamt');
    },
  },
  {
    name: 'a resume takes twice as long after more than 24 hours',
    source: AUTO_PAUSE,
    run: ({ api }) =>
      asleep(api, async () => {
        api.clock.advance(24 * HOUR + 1);
        await isResuming(api);
        api.clock.advance(30 * SECOND - 1);
        await isResuming(api);
        api.clock.advance(1);
        equal((await select(api)).status, 200);
      }),
  },
  {
    name: 'what fails before the cluster is asked wakes nothing',
    source: AUTO_PAUSE,
    run: ({ api }) =>
      asleep(api, async () => {
        await api.send('/Execute', { sql: 'select 1; select 2' });
        await api.send('/Execute', { sql: 'select 1', secretArn: `${api.server.secretArn}-x` });
        equal(api.server.pauseState().phase, 'paused');
      }),
  },
  {
    name: 'it is cold for a minute after a resume',
    source: AUTO_PAUSE,
    run: ({ api }) =>
      asleep(api, async () => {
        await isResuming(api);
        api.clock.advance(15 * SECOND);
        equal(api.server.pauseState().cold, true);
        equal((await select(api)).status, 200);
        api.clock.advance(60 * SECOND);
        equal(api.server.pauseState().cold, false);
      }),
  },
  {
    name: 'it pauses when no call came for the time set',
    source: AUTO_PAUSE,
    run: ({ api }) =>
      asleep(api, async () => {
        api.server.setPause({ state: 'awake', autoPauseSeconds: 300 });
        api.clock.advance(299 * SECOND);
        equal((await select(api)).status, 200);
        equal(api.server.pauseState().phase, 'idle');
        api.clock.advance(300 * SECOND - 1);
        equal(api.server.pauseState().phase, 'idle');
        api.clock.advance(1);
        equal(api.server.pauseState().phase, 'paused');
      }),
  },
  {
    name: 'an open transaction keeps it active',
    source: `${AUTO_PAUSE} (open connections count)`,
    run: ({ api }) =>
      asleep(api, async () => {
        api.server.setPause({ state: 'awake', autoPauseSeconds: 60 });
        const id = await api.begin();
        api.clock.advance(170 * SECOND);
        equal(api.server.pauseState().phase, 'active');
        equal((await api.commit(id)).status, 200);
        equal(api.server.pauseState().phase, 'idle');
        api.clock.advance(60 * SECOND);
        equal(api.server.pauseState().phase, 'paused');
      }),
  },
  {
    name: 'seconds awake and ACU-hours count while awake and resuming, not while paused',
    source: AUTO_PAUSE,
    run: ({ api }) =>
      asleep(api, async () => {
        const before = api.server.pauseState();
        api.clock.advance(10 * HOUR);
        equal(api.server.pauseState().secondsAwake, before.secondsAwake);
        await isResuming(api);
        api.clock.advance(HOUR);
        const after = api.server.pauseState();
        equal(after.secondsAwake - before.secondsAwake, 3600);
        equal(Number((after.acuHours - before.acuHours).toFixed(6)), 0.5);
        equal(after.wakes, before.wakes + 1);
      }),
  },
  {
    name: 'transactions do not survive a pause',
    source: AUTO_PAUSE,
    async run({ api }) {
      const transactionId = await api.begin();
      await asleep(api, async () => {
        await isResuming(api);
        api.clock.advance(15 * SECOND);
        const answer = await api.commit(transactionId);
        deepEqual([answer.type, answer.status], ['TransactionNotFoundException', 404]);
      });
    },
  },
];
