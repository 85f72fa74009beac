import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/cli/client.ts';
import { runImport } from '../../../src/cli/import/import.ts';
import type { Source } from '../../../src/cli/import/sources.ts';
import {
  type FakeAnswer,
  type FakeHttpService,
  type FakeRequest,
  startFakeService,
} from '../../fakes/http-service.ts';
import { instantClock } from '../../fakes/instant-clock.ts';

let fake: FakeHttpService | undefined;

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

function source(name: string, lines: readonly (string | object)[]): Source {
  const text = lines
    .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    .join('\n');
  return {
    name,
    sizeBytes: text.length,
    async *read() {
      yield Buffer.from(text);
    },
    dispose: async () => {},
  };
}

const article = (id: string, more: object = {}) => ({ id, title: `Title of ${id}`, ...more });
const output = (articleId: string, kind: string, value: unknown = 1) => ({
  articleId,
  kind,
  output: value,
});

/** Answers a batch as the service does, every item created. */
function created(request: FakeRequest): FakeAnswer {
  if (request.method === 'PUT') return { status: 201 };
  const { articles, items } = JSON.parse(request.body);
  return {
    status: 200,
    body: { results: (articles ?? items).map(() => ({ status: 'created' })) },
  };
}

async function run(
  sources: readonly Source[],
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer> = created,
  concurrency = 4,
) {
  fake = await startFakeService(answer);
  const clock = instantClock();
  const faults: string[] = [];
  const tally = await runImport({
    sources,
    client: createClient({ baseUrl: fake.url, clock, random: () => 0.5 }),
    clock,
    concurrency,
    watch: {
      phase: () => {},
      read: () => {},
      sent: () => {},
      fault: (where, detail) => faults.push(`${where} ${detail}`),
    },
  });
  return { tally, faults, clock, requests: fake.requests };
}

describe('import', () => {
  it('sends outputs after all articles, whatever the order of lines and files', async () => {
    const { tally, requests } = await run([
      source('one', [output('a', 'k'), article('b'), output('b', 'k')]),
      source('two', [article('a')]),
    ]);
    const paths = requests.map(({ path }) => path);
    expect(paths.lastIndexOf('/v1/articles/batch')).toBeLessThan(
      paths.indexOf('/v1/ai-outputs/batch'),
    );
    expect(tally.summary()).toEqual([
      'articles: 2 created, 0 updated, 0 unchanged, 0 errors',
      'outputs: 2 created, 0 unchanged, 0 errors',
    ]);
    expect(tally.failed).toBe(0);
  });

  it('sends the text of every line as it was read, and asks for new outputs only', async () => {
    const line =
      '{"articleId":"a","kind":"k","output":{"n":1.0,"big":123456789012345678901,"__proto__":1}}';
    const { requests } = await run([source('one', [line])]);
    expect(requests[0]?.body).toBe(`{"items":[${line}]}`);
    expect(requests[0]?.query.get('onlyNew')).toBe('true');
  });

  it('keeps the order of lines of one article and kind, one request after the other', async () => {
    const versions = Array.from({ length: 20 }, (_, index) => output('a', 'k', index));
    const others = Array.from({ length: 50 }, (_, index) => output(`x${index}`, 'k'));
    const seen: number[] = [];
    let open = 0;
    const { tally } = await run([source('one', [...versions, ...others])], async (request) => {
      const mine = JSON.parse(request.body).items.filter(
        (item: { articleId: string }) => item.articleId === 'a',
      );
      expect(mine.length).toBeLessThanOrEqual(1);
      if (mine.length > 0) {
        expect(open).toBe(0);
        open += 1;
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        seen.push(mine[0].output);
      }
      return created(request);
    });
    expect(seen).toEqual(versions.map(({ output }) => output));
    expect(tally.done).toBe(70);
  });

  it('sends an output of more than 1 MiB by itself, without the members that are in the path', async () => {
    const large = 'x'.repeat(1_100_000);
    const { requests } = await run([source('one', [output('a~1', 'parse', large)])]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'PUT', path: '/v1/articles/a~1/ai-outputs/parse' });
    expect(requests[0]?.body).toBe(`{"output":"${large}"}`);
  });

  it('tells a bad line by file and number, and goes on', async () => {
    const { tally, faults } = await run([
      source('one', ['{"id":"a","title":', article('b'), '[1]', '{"x":1}', { title: 'no id' }]),
    ]);
    expect(faults).toEqual([
      expect.stringMatching(/^one:1 not JSON/),
      'one:3 not a JSON object',
      expect.stringMatching(/^one:4 neither an article/),
      'one:5 an article without "id"',
    ]);
    expect(tally.failed).toBe(4);
    expect(tally.summary()[0]).toMatch(/1 created/);
  });

  it('tells an item that the service refuses', async () => {
    const { tally, faults } = await run(
      [source('one', [article('a'), article('b')])],
      (request) => ({
        status: 200,
        body: {
          results: JSON.parse(request.body).articles.map(({ id }: { id: string }) =>
            id === 'a'
              ? { status: 'error', error: { code: 'conflict', detail: 'url taken' } }
              : { status: 'updated' },
          ),
        },
      }),
    );
    expect(faults).toEqual(['one:1 conflict: url taken']);
    expect(tally.failed).toBe(1);
    expect(tally.summary()[0]).toBe('articles: 0 created, 1 updated, 0 unchanged, 1 errors');
  });

  it('divides a batch that is refused as a whole until the line at fault stands alone', async () => {
    const lines = Array.from({ length: 9 }, (_, index) => article(`a${index}`));
    const { tally, faults } = await run([source('one', lines)], (request) =>
      request.body.includes('"a5"')
        ? { status: 400, body: { code: 'invalid', detail: 'given twice' } }
        : created(request),
    );
    expect(faults).toEqual(['one:6 400 invalid: given twice']);
    expect(tally.summary()[0]).toBe('articles: 8 created, 0 updated, 0 unchanged, 1 errors');
  });

  it('sends items again whose store was away, and only those', async () => {
    let calls = 0;
    const { tally, requests } = await run(
      [source('one', [output('a', 'k'), output('b', 'k')])],
      (request) => {
        const { items } = JSON.parse(request.body);
        return {
          status: 200,
          body: {
            results: items.map(({ articleId }: { articleId: string }) =>
              articleId === 'b' && calls++ < 2
                ? { status: 'error', error: { code: 'dynamodb_unavailable' } }
                : { status: 'created' },
            ),
          },
        };
      },
      1,
    );
    expect(tally.failed).toBe(0);
    expect(tally.done).toBe(2);
    const last = requests.at(-1)?.body ?? '';
    expect(JSON.parse(last).items).toEqual([output('b', 'k')]);
  });

  it('ends with what the service said when it does not come back', async () => {
    await expect(
      run([source('one', [article('a')])], () => ({
        status: 503,
        body: { code: 'aurora_asleep' },
      })),
    ).rejects.toThrow(/does not answer: 503 aurora_asleep/);
  });
});
