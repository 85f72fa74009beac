import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ArticleQuery,
  NO_REGISTRY,
  ServiceError,
  timestampFromMs,
} from '../../src/domain/index.ts';
import type { Wanted } from '../../src/facade/index.ts';
import { anArticle, anOutput, asleep, aWorld, dynamodbDown, type World } from './world.ts';

const PLAIN: Wanted = { include: 'none', body: false, strict: false };
const HOUR_MS = 3_600_000;

let world: World;
beforeEach(async () => {
  world = aWorld();
  for (let n = 0; n < 5; n++) {
    await world.tandem.articles.put(world.ctx, anArticle({ id: `a${n}`, language: 'en' }));
  }
  world.calls.length = 0;
});

const query = (overrides: Partial<ArticleQuery> = {}): ArticleQuery => ({
  registry: NO_REGISTRY,
  orderBy: [{ by: { kind: 'field', name: 'id' }, direction: 'asc' }],
  pageSize: 3,
  skip: 0,
  count: 'none',
  now: timestampFromMs(world.clock.now()),
  ...overrides,
});

const list = (overrides: Partial<ArticleQuery> = {}, wanted: Partial<Wanted> = {}) =>
  world.tandem.articles.list(world.ctx, query(overrides), { ...PLAIN, ...wanted });

const idsOf = ({ views }: Awaited<ReturnType<typeof list>>): string[] =>
  views.map(({ article }) => article.id);

describe('a list while Aurora sleeps', () => {
  it('comes from its copy, with its age, and outputs as they are now', async () => {
    const fresh = await list();
    await world.tandem.outputs.put(world.ctx, anOutput('"new"', { articleId: 'a1' }), {});
    world.clock.advance(90_000);
    world.aurora = 'asleep';
    world.calls.length = 0;
    const old = await list({}, { include: ['summary'] });
    expect(world.calls).toEqual([
      'aurora.find',
      'dynamodb.getPage',
      'dynamodb.readMarks',
      'dynamodb.getOutputsMany',
      'dynamodb.loadOutputs',
    ]);
    expect(idsOf(old)).toEqual(idsOf(fresh));
    expect(old).toMatchObject({ degraded: ['aurora_asleep'], ageSeconds: 90, next: fresh.next });
    expect(old.now).toBe(timestampFromMs(world.clock.now() - 90_000));
    expect(old.views[1]?.aiOutputs?.get('summary')).toMatchObject({ status: 'ok' });
  });

  it('is the same list however it was written, and no other', async () => {
    const term = (value: string) =>
      ({
        type: 'compare',
        field: { kind: 'scalar', name: 'language' },
        op: '=',
        value: { type: 'string', value },
      }) as const;
    await list({ filter: term('en'), count: 'exact' });
    world.aurora = 'asleep';
    world.clock.advance(1_000);
    expect(await list({ filter: term('en'), count: 'exact' })).toMatchObject({
      total: { size: 5, kind: 'exact' },
    });
    const others: Partial<ArticleQuery>[] = [
      { filter: term('en') },
      { filter: term('de'), count: 'exact' },
      { count: 'exact' },
      { filter: term('en'), count: 'exact', pageSize: 4 },
      { filter: term('en'), count: 'exact', skip: 3 },
      { filter: term('en'), count: 'exact', after: ['a2'] },
      { filter: term('en'), count: 'exact', text: 'words' },
    ];
    for (const other of others) {
      await expect(list(other)).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'aurora_asleep',
        retryAfterSeconds: 15,
      });
    }
  });

  it('shows no article deleted since, nor one whose delete is open', async () => {
    const fresh = await list({ count: 'exact' });
    await world.tandem.articles.remove(world.ctx, 'a0');
    await world.outputs.markDeleting(world.ctx, 'a1');
    world.aurora = 'asleep';
    const old = await list({ count: 'exact' });
    expect(idsOf(old)).toEqual(['a2']);
    expect(old).toMatchObject({ total: { size: 3, kind: 'exact' }, next: fresh.next });
    await world.outputs.markDeleting(world.ctx, 'a2');
    const empty = await list({ count: 'exact' });
    expect(idsOf(empty)).toEqual([]);
    expect(empty.next).toEqual(fresh.next);
  });

  it('goes on from its token once Aurora is awake', async () => {
    await list();
    world.aurora = 'asleep';
    const { next } = await list();
    await expect(list(next === undefined ? {} : { after: next })).rejects.toMatchObject({
      reason: 'aurora_asleep',
    });
    world.aurora = 'awake';
    expect(idsOf(await list(next === undefined ? {} : { after: next }))).toEqual(['a3', 'a4']);
  });

  it('is 503 for who wants it whole, and after a day', async () => {
    await list();
    world.aurora = 'asleep';
    await expect(list({}, { strict: true })).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
      retryAfterSeconds: 15,
    });
    world.clock.advance(24 * HOUR_MS);
    await expect(list()).rejects.toMatchObject({ reason: 'aurora_asleep' });
  });

  it('is 503 where DynamoDB cannot tell what was deleted', async () => {
    await list();
    world.aurora = 'asleep';
    for (const broken of ['dynamodb.getPage', 'dynamodb.readMarks']) {
      world.fail = (name) =>
        name === broken ? { when: 'before', error: dynamodbDown(name) } : undefined;
      await expect(list()).rejects.toMatchObject({ reason: 'aurora_asleep' });
    }
  });

  it('says aurora_unavailable where Aurora fails though it is not asleep', async () => {
    await list();
    world.fail = (name) =>
      name === 'aurora.find'
        ? {
            when: 'before',
            error: new ServiceError('unavailable', name, 'away', { reason: 'aurora_unavailable' }),
          }
        : undefined;
    expect((await list()).degraded).toEqual(['aurora_unavailable']);
  });

  it('passes on what is no absence', async () => {
    await list();
    world.fail = (name) =>
      name === 'aurora.find' ? { when: 'before', error: new Error('a bug') } : undefined;
    await expect(list()).rejects.toThrow('a bug');
  });
});

describe('a copy of a list', () => {
  const kept = (): number => world.calls.filter((name) => name === 'dynamodb.putPage').length;

  it('is kept once a minute, beside the outputs, and does not cost the answer when it fails', async () => {
    await list({}, { include: ['summary'] });
    expect(world.calls).toEqual(['aurora.find', 'dynamodb.putPage', 'dynamodb.getOutputsMany']);
    await list();
    expect(kept()).toBe(1);
    world.clock.advance(60_000);
    world.fail = (name) =>
      name === 'dynamodb.putPage' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    expect(await list()).toMatchObject({ degraded: [] });
    expect(kept()).toBe(2);
    expect(world.ctx.observed).toContainEqual({ kind: 'event', name: 'page_copy_failed' });
  });

  it('is kept of first pages alone, and of 60 lists a minute', async () => {
    await list({ after: ['a1'] });
    await list({ skip: 1 });
    expect(kept()).toBe(0);
    for (let n = 1; n <= 100; n++) await list({ pageSize: n });
    expect(kept()).toBe(60);
    world.clock.advance(60_000);
    for (let n = 61; n <= 100; n++) await list({ pageSize: n });
    expect(kept()).toBe(100);
  });

  it('is brought up to date while Aurora is awake, as long as a reader asked within a day', async () => {
    await list();
    world.clock.advance(1_000);
    await list({ pageSize: 4 });
    await world.tandem.articles.put(world.ctx, anArticle({ id: 'a00' }));
    const { maintenance } = world.tandem;
    const options = { olderThanMs: 10 * 60_000, limit: 1 };
    expect(await maintenance.refreshPages(world.ctx, options)).toEqual({ refreshed: 0 });
    world.clock.advance(20 * 60_000);
    expect(await maintenance.refreshPages(world.ctx, options)).toEqual({ refreshed: 1 });
    expect(await maintenance.refreshPages(world.ctx, options)).toEqual({ refreshed: 1 });
    expect(await maintenance.refreshPages(world.ctx, options)).toEqual({ refreshed: 0 });
    world.clock.advance(5_000);
    world.aurora = 'asleep';
    const old = await list();
    expect(idsOf(old)).toEqual(['a0', 'a00', 'a1']);
    expect(old.ageSeconds).toBe(5);
    world.aurora = 'awake';
    for (let hours = 0; hours < 24; hours += 8) {
      world.clock.advance(8 * HOUR_MS);
      await maintenance.refreshPages(world.ctx, { olderThanMs: HOUR_MS, limit: 10 });
    }
    expect(await maintenance.refreshPages(world.ctx, { olderThanMs: HOUR_MS, limit: 10 })).toEqual({
      refreshed: 0,
    });
  });
});

describe('other reads while Aurora sleeps', () => {
  it('are 503 with Retry-After', async () => {
    world.aurora = 'asleep';
    const refused = { code: 'unavailable', reason: 'aurora_asleep', retryAfterSeconds: 15 };
    const { articles, relations } = world.tandem;
    await expect(articles.related(world.ctx, 'a1', { limit: 5 }, PLAIN)).rejects.toMatchObject(
      refused,
    );
    await expect(
      relations.list(world.ctx, 'a1', { direction: 'both', pageSize: 5 }),
    ).rejects.toMatchObject(refused);
    world.fail = (name) =>
      name === 'dynamodb.getArticle' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    await expect(articles.get(world.ctx, 'a1', PLAIN)).rejects.toMatchObject(refused);
    expect(asleep('x').retryAfterSeconds).toBe(15);
  });
});
