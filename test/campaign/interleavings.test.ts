import fc from 'fast-check';
import { expect, it } from 'vitest';
import { interleavings } from './interleavings.ts';

/** A hundred times as many: npm run test:long -- interleavings */
const RUNS = 1_000;

it('writers, drains and a deleter at once leave one truth, in whatever order their calls come', async () => {
  const details = await fc.check(interleavings, {
    numRuns: RUNS,
    seed: 6_006,
    endOnFailure: false,
  });
  expect(details.failed ? fc.defaultReportMessage(details) : '').toBe('');
}, 300_000);
