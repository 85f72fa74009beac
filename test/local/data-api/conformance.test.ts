import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as dataApi from '../../../src/local/data-api/index.ts';
import { CONFORMANCE } from './conformance/index.ts';
import { type Row, SHORT_MS, type Subjects } from './conformance/row.ts';
import { Subject } from './subject.ts';

const postgresUrl = process.env.TEST_DATABASE_URL;
const engine = postgresUrl ? 'PostgreSQL' : 'PGlite';

let subjects: Subjects;
const told: [chapter: string, row: Row, outcome: string][] = [];

beforeAll(async () => {
  const [api, hasty] = await Promise.all([
    Subject.start(dataApi, postgresUrl),
    Subject.start(dataApi, postgresUrl, { statementTimeoutMs: SHORT_MS }),
  ]);
  subjects = { api, hasty };
});

afterAll(async () => {
  await Promise.all([subjects?.api.close(), subjects?.hasty.close()]);
  const width = Math.max(...told.map(([, { name }]) => name.length));
  const lines = told.map(
    ([chapter, { name, source }, outcome]) =>
      `${outcome}  ${chapter.padEnd(12)}  ${name.padEnd(width)}  ${source}`,
  );
  const passed = told.filter(([, , outcome]) => outcome !== 'FAIL').length;
  const differ = told.filter(([, , outcome]) => outcome === 'differs');
  lines.push(`${passed} of ${told.length} behaviours of the RDS Data API hold on ${engine}.`);
  for (const [, { name }] of differ) lines.push(`Differs for want of a second session: ${name}.`);
  process.stdout.write(`${lines.join('\n')}\n`);
});

for (const [chapter, rows] of Object.entries(CONFORMANCE)) {
  describe(`the local Data API as AWS’s: ${chapter}`, () => {
    it.each(rows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
      const differs = !postgresUrl && row.onPglite !== undefined;
      const line: (typeof told)[number] = [chapter, row, 'FAIL'];
      told.push(line);
      await (differs ? row.onPglite?.(subjects) : row.run(subjects));
      line[2] = differs ? 'differs' : 'ok     ';
    });
  });
}

describe('the conformance table', () => {
  const rows = Object.values(CONFORMANCE).flat();

  it('has at least 120 behaviours, each by a name of its own and with its source', () => {
    expect(rows.length).toBeGreaterThanOrEqual(120);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.filter(({ source }) => source.trim() === '')).toEqual([]);
  });
});
