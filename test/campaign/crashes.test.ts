import { describe, expect, it } from 'vitest';
import { printTable } from '../support/table.ts';
import { callSites, reasonApart, siteRecorder } from './call-sites.ts';
import { enumerate, play, SCENARIO_NAMES, traceHash } from './crashes.ts';
import { type Fault, faultsOf } from './ports.ts';

// A sample; all of it: npm run test:long -- crashes

/** Calls before a crash among which the one is that leaves the same. */
const REACH = 30;

/** Of the crashes that are left out, each so many. */
const EVERY = 4;

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
      missed.map((site) => [site, reasonApart(site) ?? 'NOT REACHED']),
    );
    expect(missed.filter((site) => reasonApart(site) === undefined)).toEqual([]);
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

  it('and a crash that is left out goes on as one that is played', async () => {
    const pattern = 127;
    for (const scenario of ['outputs', 'articles', 'projections', 'runs']) {
      const { calls } = await play({ scenario, pattern, plan: new Map() });
      const ends = new Map<string, { rest: string; end: string }>();
      const endOf = async (index: number, fault: Fault) => {
        const known = ends.get(`${index} ${fault}`);
        if (known) return known;
        const played = await play({ scenario, pattern, plan: new Map([[index, fault]]) });
        const rest = played.calls.slice(index + 1).map(({ name }) => name);
        const told = { rest: rest.join(), end: played.end };
        ends.set(`${index} ${fault}`, told);
        return told;
      };
      const crashes = calls.flatMap((call, index) =>
        faultsOf(call).flatMap((fault) =>
          fault === 'lost' ? [] : [{ index, fault, isPlayed: call.faults.includes(fault) }],
        ),
      );
      const leftOut = crashes.filter(({ isPlayed }) => !isPlayed);
      expect(leftOut.length).toBeGreaterThan(10);
      for (const { index, fault } of leftOut.filter((_, n) => n % EVERY === 0)) {
        const { rest, end } = await endOf(index, fault);
        let found = false;
        for (const other of crashes.toReversed()) {
          const isNear = other.index <= index && other.index > index - REACH;
          if (found || !other.isPlayed || !isNear) continue;
          const played = await endOf(other.index, other.fault);
          // Calls that were made beside the one that the process died of come first.
          found = played.rest.endsWith(rest) && played.end === end;
        }
        expect(found, `${scenario} ${pattern}: ${index} ${fault}`).toBe(true);
      }
    }
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
