import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mainQueries } from '../../src/cli/main-queries.ts';

const FOLDER = new URL('../../sql/queries/', import.meta.url);

describe('sql/queries', () => {
  it('is what the code makes now: run npm run sql', () => {
    const kept = readdirSync(FOLDER).map(
      (name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')] as const,
    );
    expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(mainQueries()));
  });
});
