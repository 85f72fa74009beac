import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ArticleQuery,
  JsonText,
  NO_REGISTRY,
  timestampFromMs,
} from '../../src/domain/index.ts';
import type { Wanted } from '../../src/facade/index.ts';
import { anArticle, anOutput, aWorld, dynamodbDown, type World } from './world.ts';

const PLAIN: Wanted = { include: 'none', body: false, strict: false };

let world: World;
beforeEach(() => {
  world = aWorld();
});

const query = (overrides: Partial<ArticleQuery> = {}): ArticleQuery => ({
  registry: NO_REGISTRY,
  orderBy: [{ by: { kind: 'field', name: 'id' }, direction: 'asc' }],
  pageSize: 20,
  skip: 0,
  count: 'none',
  now: timestampFromMs(world.clock.now()),
  ...overrides,
});

describe('a write of an article', () => {
  it('is one call to Aurora, then the copy in DynamoDB', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    expect(world.calls).toEqual(['aurora.put', 'dynamodb.putArticle']);
  });

  it('puts a body before the article that names it', async () => {
    await world.tandem.articles.put(world.ctx, anArticle({ body: 'text' }));
    expect(world.calls).toEqual(['dynamodb.putBody', 'aurora.put', 'dynamodb.putArticle']);
    const got = await world.tandem.articles.get(world.ctx, 'a1', { ...PLAIN, body: true });
    expect(got.body).toBe('text');
  });

  it('succeeds without a body while DynamoDB is away, and the relay makes the copy', async () => {
    world.fail = (name) =>
      name.startsWith('dynamodb') ? { when: 'before', error: dynamodbDown(name) } : undefined;
    const put = await world.tandem.articles.put(world.ctx, anArticle());
    expect(put.created).toBe(true);
    await expect(
      world.tandem.articles.put(world.ctx, anArticle({ id: 'a2', body: 'b' })),
    ).rejects.toMatchObject({ code: 'unavailable', reason: 'dynamodb_unavailable' });
    world.fail = () => undefined;
    expect((await world.outputs.getArticle(world.ctx, 'a1')).state).toBe('unknown');
    expect((await world.articles.get(world.ctx, 'a2')).state).toBe('unknown');
    await world.tandem.maintenance.relay(world.ctx, 100);
    expect(await world.outputs.getArticle(world.ctx, 'a1')).toMatchObject({
      state: 'live',
      article: { id: 'a1', rev: 1 },
    });
  });

  it('is brought over once by two relays of one process that run at the same time', async () => {
    const { articles, maintenance } = world.tandem;
    await articles.put(world.ctx, anArticle());
    world.calls.length = 0;
    const relays = [maintenance.relay(world.ctx, 100), maintenance.relay(world.ctx, 100)];
    expect(await Promise.all(relays)).toEqual([
      { relayed: 1, left: false },
      { relayed: 0, left: false },
    ]);
    expect(world.calls.filter((call) => call === 'dynamodb.putArticle')).toHaveLength(1);
  });

  it('waits for no relay that failed', async () => {
    const { articles, maintenance } = world.tandem;
    await articles.put(world.ctx, anArticle());
    world.fail = (name) =>
      name.startsWith('dynamodb') ? { when: 'before', error: dynamodbDown(name) } : undefined;
    await expect(maintenance.relay(world.ctx, 100)).rejects.toMatchObject({ code: 'unavailable' });
    world.fail = () => undefined;
    expect(await maintenance.relay(world.ctx, 100)).toEqual({ relayed: 1, left: false });
  });

  it('takes the items of a batch that need no body when DynamoDB is away', async () => {
    world.fail = (name) =>
      name.startsWith('dynamodb') ? { when: 'before', error: dynamodbDown(name) } : undefined;
    const outcomes = await world.tandem.articles.putMany(world.ctx, [
      anArticle({ id: 'a1', body: 'b' }),
      anArticle({ id: 'a2' }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['error', 'created']);
  });

  it('names the article in the way', async () => {
    await world.tandem.articles.create(world.ctx, anArticle({ url: 'https://x.example/' }));
    await expect(world.tandem.articles.create(world.ctx, anArticle())).rejects.toMatchObject({
      code: 'conflict',
      details: { existing: 'a1' },
    });
    await expect(
      world.tandem.articles.put(world.ctx, anArticle({ id: 'a2', url: 'https://X.example' })),
    ).rejects.toMatchObject({ code: 'conflict', details: { existing: 'a1' } });
  });
});

describe('a delete', () => {
  it('hides outputs even when the process dies right after it was committed', async () => {
    const { articles, outputs } = world.tandem;
    await articles.put(world.ctx, anArticle());
    await outputs.put(world.ctx, anOutput(), {});
    world.fail = (name) =>
      name === 'aurora.delete' ? { when: 'after', error: new Error('crash') } : undefined;
    await expect(articles.remove(world.ctx, 'a1')).rejects.toThrow('crash');
    world.fail = () => undefined;
    await expect(outputs.get(world.ctx, 'a1', 'summary')).rejects.toMatchObject({ code: 'gone' });
    await expect(outputs.list(world.ctx, 'a1')).rejects.toMatchObject({ code: 'gone' });
  });

  it('hides outputs also where the writer of the article died before its copy was made', async () => {
    const { articles, outputs } = world.tandem;
    const dies = (call: string) => (name: string) =>
      name === call ? ({ when: 'after', error: new Error('crash') } as const) : undefined;
    world.fail = dies('aurora.create');
    await expect(articles.create(world.ctx, anArticle())).rejects.toThrow('crash');
    world.aurora = 'asleep';
    await outputs.put(world.ctx, anOutput(), {});
    world.aurora = 'awake';
    world.fail = dies('aurora.delete');
    await expect(articles.remove(world.ctx, 'a1')).rejects.toThrow('crash');
    world.fail = () => undefined;
    world.aurora = 'asleep';
    await expect(outputs.get(world.ctx, 'a1', 'summary')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
    });
  });

  it('that did not happen leaves everything readable', async () => {
    const { articles, outputs } = world.tandem;
    await articles.put(world.ctx, anArticle());
    await outputs.put(world.ctx, anOutput(), {});
    world.fail = (name) =>
      name === 'aurora.delete' ? { when: 'before', error: new Error('crash') } : undefined;
    await expect(articles.remove(world.ctx, 'a1')).rejects.toThrow('crash');
    world.fail = () => undefined;
    expect((await outputs.get(world.ctx, 'a1', 'summary')).info.version).toBe(1);
    world.clock.advance(120_000);
    await outputs.get(world.ctx, 'a1', 'summary');
    world.calls.length = 0;
    await outputs.get(world.ctx, 'a1', 'summary');
    expect(world.calls).not.toContain('aurora.get');
  });

  it('is finished by the relay: nothing of the article is left', async () => {
    const { articles, outputs, maintenance } = world.tandem;
    await articles.put(world.ctx, anArticle({ body: 'b' }));
    await outputs.put(world.ctx, anOutput(), {});
    await articles.remove(world.ctx, 'a1');
    await maintenance.relay(world.ctx, 100);
    await maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(
      await world.outputs.readHeads(world.ctx, [{ articleId: 'a1', kind: 'summary' }]),
    ).toEqual(['missing']);
    expect((await world.outputs.getBodiesOf(world.ctx, 'a1')).size).toBe(0);
    expect((await world.outputs.getArticle(world.ctx, 'a1')).state).toBe('deleted');
    expect(await maintenance.relay(world.ctx, 100)).toEqual({ relayed: 0, left: false });
  });

  it('is told of by the relay under the request that asked for it', async () => {
    const { articles, maintenance } = world.tandem;
    await articles.put({ ...world.ctx, requestId: 'request-1' }, anArticle());
    await articles.remove({ ...world.ctx, requestId: 'request-2' }, 'a1');
    await maintenance.relay(world.ctx, 100);
    expect(world.ctx.observed.filter(({ kind }) => kind === 'on_behalf')).toEqual([
      { kind: 'on_behalf', requestId: 'request-1' },
      { kind: 'on_behalf', requestId: 'request-2' },
    ]);
  });

  it('with a stale If-Match changes nothing', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    await expect(world.tandem.articles.remove(world.ctx, 'a1', 7)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await world.outputs.getArticle(world.ctx, 'a1')).not.toHaveProperty('deletingSince');
  });
});

describe('a read of an article', () => {
  it('asks both stores once, at the same time', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    world.calls.length = 0;
    await world.tandem.articles.get(world.ctx, 'a1', { ...PLAIN, include: ['summary'] });
    expect(world.calls).toEqual(['aurora.get', 'dynamodb.getOutputs']);
  });

  it('comes from the copy while Aurora sleeps, with its age', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    await world.tandem.outputs.put(world.ctx, anOutput(), {});
    world.clock.advance(90_000);
    world.aurora = 'asleep';
    const got = await world.tandem.articles.get(world.ctx, 'a1', {
      ...PLAIN,
      include: ['summary'],
    });
    expect(got).toMatchObject({
      article: { id: 'a1', title: 'An article' },
      degraded: ['aurora_asleep'],
      ageSeconds: 90,
    });
    expect(got.aiOutputs?.get('summary')?.status).toBe('ok');
    await expect(
      world.tandem.articles.get(world.ctx, 'a1', { ...PLAIN, strict: true }),
    ).rejects.toMatchObject({ code: 'unavailable', reason: 'aurora_asleep' });
    await expect(world.tandem.articles.get(world.ctx, 'a2', PLAIN)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
    });
  });

  it('says unavailable for the outputs that DynamoDB cannot give', async () => {
    await world.tandem.articles.put(world.ctx, anArticle({ body: 'b' }));
    world.fail = (name) =>
      name.startsWith('dynamodb') ? { when: 'before', error: dynamodbDown(name) } : undefined;
    const got = await world.tandem.articles.get(world.ctx, 'a1', {
      include: ['summary'],
      body: true,
      strict: false,
    });
    expect(got.degraded).toEqual(['dynamodb_unavailable']);
    expect(got.aiOutputs?.get('summary')).toEqual({ status: 'unavailable' });
    expect(got).not.toHaveProperty('body');
  });

  it('leaves out outputs that would take the answer past its limit', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    const large = JSON.stringify('x'.repeat(3 * 1024 * 1024));
    for (const kind of ['one', 'two', 'small']) {
      await world.tandem.outputs.put(
        world.ctx,
        anOutput(kind === 'small' ? '1' : large, { kind }),
        {},
      );
    }
    const got = await world.tandem.articles.get(world.ctx, 'a1', {
      ...PLAIN,
      include: ['one', 'two', 'small'],
    });
    const statuses = [...(got.aiOutputs ?? [])].map(([kind, { status }]) => [kind, status]);
    expect(statuses).toEqual([
      ['one', 'ok'],
      ['two', 'omitted'],
      ['small', 'ok'],
    ]);
  });
});

describe('a list', () => {
  it('is one call to each store, whatever the page, and its copy once a minute', async () => {
    for (let n = 0; n < 30; n++) {
      await world.tandem.articles.put(world.ctx, anArticle({ id: `a${n}` }));
    }
    const wanted: Wanted = { ...PLAIN, include: ['summary', 'entities'] };
    const ask = () => world.tandem.articles.list(world.ctx, query({ pageSize: 25 }), wanted);
    world.calls.length = 0;
    expect((await ask()).views).toHaveLength(25);
    expect(world.calls).toEqual(['aurora.find', 'dynamodb.putPage', 'dynamodb.getOutputsMany']);
    world.calls.length = 0;
    await ask();
    expect(world.calls).toEqual(['aurora.find', 'dynamodb.getOutputsMany']);
  });

  it('is cut where it would pass its limit, and goes on from there', async () => {
    const text = JSON.stringify('x'.repeat(250 * 1024));
    for (let n = 10; n < 40; n++) {
      await world.tandem.articles.put(world.ctx, anArticle({ id: `a${n}` }));
      await world.tandem.outputs.put(world.ctx, anOutput(text, { articleId: `a${n}` }), {});
    }
    const wanted: Wanted = { ...PLAIN, include: ['summary'] };
    const seen: string[] = [];
    let pages = 0;
    for (let next: ArticleQuery | undefined = query({ pageSize: 100 }); next; pages++) {
      const page = await world.tandem.articles.list(world.ctx, next, wanted);
      seen.push(...page.views.map(({ article }) => article.id));
      for (const view of page.views) expect(view.aiOutputs?.get('summary')?.status).toBe('ok');
      next = page.next && query({ pageSize: 100, after: page.next });
    }
    expect(pages).toBe(2);
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => `a${n + 10}`));
  });

  it('omits blocks over 256 KiB', async () => {
    await world.tandem.articles.put(world.ctx, anArticle());
    const text = JSON.stringify('x'.repeat(256 * 1024));
    await world.tandem.outputs.put(world.ctx, anOutput(text), {});
    const page = await world.tandem.articles.list(world.ctx, query(), {
      ...PLAIN,
      include: ['summary'],
    });
    expect(page.views[0]?.aiOutputs?.get('summary')).toMatchObject({ status: 'omitted' });
  });

  it('passes on that Aurora sleeps', async () => {
    world.aurora = 'asleep';
    await expect(world.tandem.articles.list(world.ctx, query(), PLAIN)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
    });
  });
});

describe('an export', () => {
  it('gives every article and output once, also where one article fills several answers', async () => {
    const large = JSON.stringify('x'.repeat(4 * 1024 * 1024 - 2));
    for (let n = 10; n < 60; n++) {
      await world.tandem.articles.put(world.ctx, anArticle({ id: `a${n}`, body: `body ${n}` }));
      await world.tandem.outputs.put(world.ctx, anOutput('1', { articleId: `a${n}` }), {});
    }
    for (const kind of ['k1', 'k2', 'k3']) {
      await world.tandem.outputs.put(world.ctx, anOutput(large, { articleId: 'a20', kind }), {});
    }
    const seen: string[] = [];
    let position: Awaited<ReturnType<typeof world.tandem.articles.exportPage>>['next'];
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof world.tandem.articles.exportPage>> =
        await world.tandem.articles.exportPage(
          world.ctx,
          query(position ? { after: position.after } : {}),
          'all',
          position?.resume,
        );
      for (const line of page.lines) {
        seen.push(
          line.type === 'article' ? line.article.id : `${line.info.articleId}/${line.info.kind}`,
        );
      }
      position = page.next;
      pages++;
    } while (position && pages < 100);
    const expected = Array.from({ length: 50 }, (_, n) => `a${n + 10}`).flatMap((id) => [
      id,
      ...(id === 'a20' ? ['a20/k1', 'a20/k2', 'a20/k3'] : []),
      `${id}/summary`,
    ]);
    expect(seen).toEqual(expected);
  });
});

describe('a keyed request', () => {
  it('runs once and answers the same again', async () => {
    const key = { key: 'k'.repeat(64), requestHash: 'h'.repeat(64) };
    let runs = 0;
    const work = async () => new JsonText(JSON.stringify({ run: ++runs }));
    const first = await world.tandem.idempotency.run(world.ctx, key, work);
    const again = await world.tandem.idempotency.run(world.ctx, key, work);
    expect([first.replayed, again.replayed, again.answer.text, runs]).toEqual([
      false,
      true,
      '{"run":1}',
      1,
    ]);
    await expect(
      world.tandem.idempotency.run(world.ctx, { ...key, requestHash: 'x' }, work),
    ).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('may run again when its answer tells of failures that pass', async () => {
    const key = { key: 'k', requestHash: 'h' };
    let runs = 0;
    const work = async () => new JsonText(String(++runs));
    const passing = await world.tandem.idempotency.run(world.ctx, key, work, () => runs > 1);
    const final = await world.tandem.idempotency.run(world.ctx, key, work, () => runs > 1);
    const again = await world.tandem.idempotency.run(world.ctx, key, work, () => runs > 1);
    expect([passing, final, again].map(({ answer, replayed }) => [answer.text, replayed])).toEqual([
      ['1', false],
      ['2', false],
      ['2', true],
    ]);
  });

  it('may run again when it failed', async () => {
    const key = { key: 'k', requestHash: 'h' };
    const failing = world.tandem.idempotency.run(world.ctx, key, () =>
      Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    const again = await world.tandem.idempotency.run(world.ctx, key, async () => new JsonText('1'));
    expect(again.replayed).toBe(false);
  });
});
