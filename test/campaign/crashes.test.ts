import { describe, expect, it } from 'vitest';
import { printTable } from '../support/table.ts';
import { callSites, siteRecorder } from './call-sites.ts';
import { enumerate, play, SCENARIO_NAMES, traceHash } from './crashes.ts';

// A sample; all of it: npm run test:long -- crashes

/** Calls that the campaign leaves out, each with its reason. */
const APART: Readonly<Record<string, string>> = {
  'status.ts': 'reads the oldest intent for a page of figures, beside a ledger of its own',
};

/** Environments in which a scenario reaches every place of the code that it reaches at all. */
const ENOUGH: Readonly<Record<string, readonly number[]>> = {
  outputs: [4, 127],
  articles: [4, 127],
  projections: [4, 127],
  reads: [0, 1],
  reconcile: [0, 1],
  runs: [24],
  corrupt: [0],
  sources: [2, 4],
};

describe('wherever a process dies or an answer is lost', () => {
  it('both stores stay one truth, and every call of the write protocol was struck or passed', async () => {
    const { at, seen } = siteRecorder();
    let histories = 0;
    for (const scenario of SCENARIO_NAMES) {
      const patterns = ENOUGH[scenario] ?? [];
      const options = { depth: 'singles', scenarios: [scenario], patterns, at } as const;
      const campaign = await enumerate(options);
      expect(campaign.examples).toEqual([]);
      histories += campaign.histories;
    }
    expect(histories).toBeGreaterThan(500);
    const missed = callSites().filter((site) => !seen.has(site));
    printTable(
      ['call site left out', 'reason'],
      missed.map((site) => [site, APART[site.split(':')[0] ?? ''] ?? 'NOT REACHED']),
    );
    expect(missed.filter((site) => APART[site.split(':')[0] ?? ''] === undefined)).toEqual([]);
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
