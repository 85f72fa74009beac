import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/cli/client.ts';
import { type CostOptions, runCost } from '../../src/cli/cost/cost.ts';
import { cheapestWithin, comparePlans, plansOf } from '../../src/cli/cost/plans.ts';
import { plotSvg, plotText } from '../../src/cli/cost/plot.ts';
import { toDays, trafficOf } from '../../src/cli/cost/status.ts';
import { printTraffic, readTrafficFile } from '../../src/cli/cost/traffic-file.ts';
import { NEVER_WARM, NO_USE, PRICES } from '../../src/domain/index.ts';
import { startFakeService } from '../fakes/http-service.ts';
import { instantClock } from '../fakes/instant-clock.ts';
import { aTraffic, isBusiness } from '../support/traffic.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-cost-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS: CostOptions = {
  simulate: false,
  why: false,
  windows: [],
  pause: [300],
  minAcu: [0],
  windowMinAcu: 0,
  awakeAcu: 0.5,
  coldReadUsd: 0.01,
  bound: 0.01,
  auroraGb: 0,
  dynamodbGb: 0,
  functionGb: 0.5,
  prices: PRICES,
};

const clientOf = (baseUrl: string) =>
  createClient({ baseUrl, clock: instantClock(), random: () => 0.5 });

async function said(options: Partial<CostOptions>, url = 'http://127.0.0.1:9'): Promise<string> {
  const lines: string[] = [];
  await runCost(clientOf(url), { ...OPTIONS, ...options }, (text) => lines.push(text));
  return lines.join('\n');
}

function aFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('plans', () => {
  // One request at noon of each of 73 days, a tenth of a year of 730 hours a month.
  const traffic = {
    fromMs: 0,
    toMs: 73 * 86_400_000,
    requests: Array.from({ length: 73 }, (_, day) => ({
      atMs: (day + 0.5) * 86_400_000,
      count: 1,
    })),
  };
  const choices = {
    windows: [{ name: 'no windows', schedule: NEVER_WARM }],
    pauseSeconds: [300, 900],
    minAcu: [0, 0.5, 1],
    windowMinAcu: 0,
  };
  const facts = { resumeSeconds: 15, awakeAcu: 0.5, tickSeconds: 60 };

  it('are every combination that differs', () => {
    expect(plansOf(choices).map(({ name }) => name)).toEqual([
      'no windows, pause after 300 s',
      'no windows, pause after 900 s',
      'at least 0.5 ACU',
      'at least 1 ACU',
    ]);
  });

  it('cost what hand arithmetic says, by the month', () => {
    const [cheapest, longer, half, whole] = comparePlans(traffic, plansOf(choices), facts, PRICES);
    const months = (73 * 24) / 730;
    const perCall = 0.35 / 1_000_000;
    // 23 h 54 min asleep are no deep sleep.
    expect(cheapest?.acuHours).toBeCloseTo((73 * 316 * 0.5) / 3_600 / months, 8);
    expect(cheapest?.monthUsd).toBeCloseTo(
      (cheapest?.acuHours ?? 0) * 0.12 + (73 / months) * perCall,
      8,
    );
    expect(longer?.acuHours).toBeCloseTo((73 * 916 * 0.5) / 3_600 / months, 8);
    expect(half?.monthUsd).toBeCloseTo(365 * 0.12, 8);
    expect(whole?.monthUsd).toBeCloseTo(730 * 0.12, 8);
    expect([cheapest, longer, half, whole].map((each) => each?.coldShare)).toEqual([1, 1, 0, 0]);
    expect([cheapest, longer, half, whole].map((each) => each?.onFrontier)).toEqual([
      ...[true, false, true, false],
    ]);
  });

  it('are chosen by the share that may wait', () => {
    const results = comparePlans(traffic, plansOf(choices), facts, PRICES);
    expect(cheapestWithin(results, 0.5)?.plan.name).toBe('at least 0.5 ACU');
    expect(cheapestWithin(results, 1)?.plan.name).toBe('no windows, pause after 300 s');
    expect(cheapestWithin(results.slice(0, 2), 0.5)).toBeUndefined();
  });
});

describe('recorded traffic', () => {
  it('is read as it was written, in any order, in whole days', async () => {
    const text = '{"at":"2026-03-02T12:00:00Z","count":3}\n\n{"at":"2026-03-01T00:00:01+01:00"}\n';
    const traffic = await readTrafficFile(aFile('two.ndjson', text));
    expect(traffic).toEqual({
      fromMs: Date.UTC(2026, 1, 28),
      toMs: Date.UTC(2026, 2, 3),
      requests: [
        { atMs: Date.UTC(2026, 1, 28, 23, 0, 1), count: 1 },
        { atMs: Date.UTC(2026, 2, 2, 12), count: 3 },
      ],
    });
    expect(await readTrafficFile(aFile('again.ndjson', printTraffic(traffic)))).toEqual(traffic);
  });

  it.each([
    ['', 'holds no request'],
    ['{"at":"2026-03-02T12:00:00Z"}\nnot json', 'bad.ndjson:2 must be an object'],
    ['{"at":"noon"}', 'bad.ndjson:1'],
    ['{"at":"2026-03-02T12:00:00Z","count":0}', 'bad.ndjson:1'],
    ['null', 'bad.ndjson:1'],
  ])('refuses %j, naming the line', async (text, message) => {
    await expect(readTrafficFile(aFile('bad.ndjson', text))).rejects.toThrow(message);
  });

  it('of a service is spread over the minutes in which requests came', () => {
    const days = toDays([
      {
        day: '2026-03-02',
        calls: NO_USE,
        auroraRequestsByHour: { '8': 10, '9': 1 },
        askedMinutes: [480, 500, 545],
      },
    ]);
    const traffic = trafficOf(days, Date.UTC(2026, 2, 2, 13));
    expect(traffic).toEqual({
      fromMs: Date.UTC(2026, 2, 2),
      toMs: Date.UTC(2026, 2, 3),
      requests: [
        { atMs: Date.UTC(2026, 2, 2, 8, 0, 30), count: 5 },
        { atMs: Date.UTC(2026, 2, 2, 8, 20, 30), count: 5 },
        { atMs: Date.UTC(2026, 2, 2, 9, 5, 30), count: 1 },
      ],
    });
    expect(trafficOf([], 0)).toBeUndefined();
  });
});

describe('the plot', () => {
  const points = [
    { x: 0, y: 40, marked: true, label: 'a "b" & <c>' },
    { x: 20, y: 10, marked: true, label: 'cheap' },
    { x: 20, y: 40, marked: false, label: 'dear' },
  ];

  it('has each point at its place', () => {
    const lines = plotText(points, { x: 'x', y: 'y' }).split('\n');
    expect(lines[1]).toBe(`   40.00 |*${' '.repeat(58)}.`);
    expect(lines.find((line) => line.endsWith(`${' '.repeat(59)}*`))).toBeDefined();
    expect(lines.at(-1)?.trim()).toBe('x');
  });

  it('is a well-formed drawing', () => {
    const svg = plotSvg(points, { x: 'share, %', y: 'USD' });
    expect(svg).toContain('a &quot;b&quot; &amp; &lt;c&gt;');
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(svg.match(/<polyline points="70,20 620,267.5"/)).not.toBeNull();
    const opened = svg.match(/<(svg|text|circle)\b/g)?.length ?? 0;
    expect(svg.match(/<\/(svg|text|circle)>/g)).toHaveLength(opened);
  });

  it('of nothing is empty axes', () => {
    expect(plotText([], { x: 'x', y: 'y' })).toContain('1.00 |');
  });
});

describe('tandem cost', () => {
  const month = aTraffic('2026-03-02T00:00:00Z', 28 * 24, 7, (at) => (isBusiness(at) ? 20 : 0.3));

  it('compares plans over a file, draws the frontier and names the cheapest', async () => {
    const traffic = aFile('month.ndjson', printTraffic(month));
    const svg = join(folder, 'frontier.svg');
    const text = await said({
      ...{ traffic, svg, simulate: true, pause: [300, 600], minAcu: [0, 0.5, 1], bound: 0.05 },
      windows: ['never', 'Mon-Fri 08:00-18:00 UTC', 'auto'],
    });
    expect(text).toMatch(/28\.0 days, 4266 requests/);
    expect(text).toMatch(/\* +no windows, pause after 300 s/);
    expect(text).toMatch(
      /Cheapest plan under which at most 5\.00 % .*: Mon-Fri 08:00-18:00 UTC, pause after 300 s, 1\d\.\d\d USD/,
    );
    expect(readFileSync(svg, 'utf8')).toContain('</svg>');
    const none = await said({ traffic, simulate: true, bound: 0 });
    expect(none).toContain('There is no plan here under which at most 0.00 %');
  });

  it('explains auto hour by hour', async () => {
    const traffic = aFile('why.ndjson', printTraffic(month));
    const text = await said({ traffic, why: true });
    expect(text).toMatch(/Mon 09:00 .* warm\n/);
    expect(text).toMatch(/Mon 02:00 .* asleep\n/);
    expect(text).toContain('50 of 168, learnt from 28 days');
    const little = aFile('little.ndjson', '{"at":"2026-03-02T12:00:00Z"}');
    expect(await said({ traffic: little, why: true })).toContain('1 whole days of the seven');
  });

  it('tells the bill of a running service, and records its traffic', async () => {
    const service = await startFakeService(({ path, query }) => {
      if (path !== '/v1/status' || query.get('traffic') !== 'true') return { status: 404 };
      return {
        status: 200,
        body: {
          time: '2026-03-11T12:00:00.000Z',
          warmWindow: { mode: 'never' },
          aurora: { expectedResumeSeconds: 17 },
          calls: { ...NO_USE, requests: 1_000_000, dataApiUnits: 2_000_000 },
          cost: { since: '2026-03-01T00:00:00.000Z', acuHours: 100, items: {}, total: 0 },
          traffic: [
            {
              day: '2026-03-10',
              calls: NO_USE,
              auroraRequestsByHour: { 8: 2 },
              askedMinutes: [480],
            },
          ],
        },
      };
    });
    try {
      const record = join(folder, 'recorded.ndjson');
      const text = await said({ record, auroraGb: 10 }, service.url);
      expect(text).toMatch(/Aurora +100\.00 ACU-hours .* 12\.00 +34\.76/);
      expect(text).toMatch(/Data API +2,000,000 calls .* 0\.70 /);
      expect(text).toMatch(/API Gateway +1,000,000 requests .* 1\.00 /);
      expect(text).toMatch(/storage +10\.00 GB Aurora.* 0\.35 +1\.00/);
      expect(readFileSync(record, 'utf8')).toBe('{"at":"2026-03-10T08:00:30.000Z","count":2}\n');
      expect(await said({ simulate: true }, service.url)).toContain('resume 17 s');
    } finally {
      await service.close();
    }
  });
});
