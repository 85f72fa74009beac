import { describe, expect, it } from 'vitest';
import { callSites, siteRecorder } from './call-sites.ts';
import { enumerate, play, traceHash } from './crashes.ts';

// A sample; all of it: npm run test:long -- crashes

/**
 * Calls with no part in the write protocol (lists, counts, copies of pages), those of a revert, whose every
 * call fails in test/facade/runs.test.ts, and what is done about heads that no fake can make undecodable.
 */
const APART =
  /^(?:output-revert|page-copies|runs|status|tandem|vocabulary)\.ts:|^enter-outputs\.ts:\d+ project$/;

describe('wherever a process dies or an answer is lost', () => {
  it('both stores stay one truth, and every call of the write protocol was struck or passed', async () => {
    const { at, seen } = siteRecorder();
    const patterns = [4, 127];
    const singles = await enumerate({
      depth: 'singles',
      scenarios: ['outputs', 'articles', 'projections'],
      patterns,
      at,
    });
    const others = ['reads', 'reconcile'];
    const more = await enumerate({ depth: 'singles', scenarios: others, patterns: [0, 1], at });
    expect([...singles.examples, ...more.examples]).toEqual([]);
    expect(singles.histories).toBeGreaterThan(500);
    expect(callSites().filter((site) => !seen.has(site) && !APART.test(site))).toEqual([]);
  }, 120_000);

  it('and where it happens twice', async () => {
    const pairs = await enumerate({
      depth: 'pairs',
      scenarios: ['outputs', 'articles'],
      patterns: [15, 77],
      everyNth: 40,
    });
    expect(pairs.examples).toEqual([]);
    expect(pairs.histories).toBeGreaterThan(500);
  }, 120_000);

  it('and the same history is the same again, call by call', async () => {
    const history = {
      scenario: 'projections',
      pattern: 127,
      plan: new Map([
        [12, 'crash after'],
        [60, 'lost'],
      ] as const),
    };
    const hashes = [traceHash(await play(history)), traceHash(await play(history))];
    expect(hashes[0]).toBe(hashes[1]);
    const other = await play({ ...history, plan: new Map([[13, 'crash after']]) });
    expect(traceHash(other)).not.toBe(hashes[0]);
  });
});
