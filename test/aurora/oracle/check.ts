import fc from 'fast-check';
import type { Context } from '../../../src/domain/index.ts';
import {
  type ArticleQuery,
  type CursorValues,
  type Filter,
  JsonText,
  type OrderKey,
  parseFilter,
  parseOrderBy,
  printFilter,
  readJsonFilter,
  timestampFromMs,
} from '../../../src/domain/index.ts';
import { answer } from './evaluate.ts';
import type { Shelf } from './load.ts';
import type { Ask, SortKey, Stored } from './model.ts';
import { asks, missingOutput, orders, plainOrders } from './questions.ts';
import { NOW_MS } from './vocabulary.ts';
import { askJson, askText, orderText } from './written.ts';

/** One list as a caller may ask for it. */
export interface Question {
  readonly ask: Ask | undefined;
  readonly order: readonly SortKey[];
  readonly pageSize: number;
  /** Only of the first page. */
  readonly skip: number;
  /** Whether all pages are walked, and not only the first two. */
  readonly whole: boolean;
  /** Which of the ways from what was written to rows. */
  readonly form: 'text' | 'json' | 'canonical';
}

const asked = fc.oneof(
  {
    arbitrary: fc.record({
      ask: fc.option(asks, { nil: undefined, freq: 20 }),
      order: orders,
    }),
    weight: 19,
  },
  { arbitrary: fc.record({ ask: missingOutput, order: plainOrders }), weight: 1 },
);

const pages = fc.record({
  pageSize: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(20, 100)),
  skip: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.integer({ min: 1, max: 30 })),
  whole: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  form: fc.constantFrom('text', 'json', 'canonical'),
});

export const questions: fc.Arbitrary<Question> = fc
  .tuple(asked, pages)
  .map(([question, page]) => ({ ...question, ...page }));

/** The question as a caller would send it, for a report. */
export function describeQuestion({ ask, order, ...rest }: Question): string {
  return JSON.stringify({
    filter: ask === undefined ? undefined : askText(ask),
    orderBy: orderText(order),
    ...rest,
  });
}

/**
 * Asks the store and compares with what the test works out itself: which articles, in which order, cut
 * into which pages, whether more follow, and how many there are. Throws with both sides.
 */
export async function checkQuestion(
  shelf: Shelf,
  articles: readonly Stored[],
  question: Question,
  ctx: () => Context,
): Promise<void> {
  const { pageSize, order, ask } = question;
  const expected = answer(articles, ask, order, NOW_MS);
  const query = toQuery(shelf, question);
  let at = question.skip;
  let after: CursorValues | undefined;
  for (let page = 0; page === 0 || after; page++) {
    const isFirst = page === 0;
    const found = await shelf.store.find(ctx(), {
      ...query,
      skip: isFirst ? question.skip : 0,
      count: isFirst ? 'exact' : 'none',
      ...(after ? { after } : {}),
    });
    const wanted = expected.slice(at, at + pageSize);
    const where = `page ${page + 1}`;
    demand(
      question,
      `${where}, ids`,
      found.entries.map(idOf),
      wanted.map(({ id }) => id),
    );
    at += pageSize;
    demand(question, `${where}, more`, found.more, at < expected.length);
    if (isFirst) {
      demand(question, 'total', found.total, { size: expected.length, kind: 'exact' });
      found.entries.forEach(({ article }, index) => {
        const { metrics } = wanted[index] as Stored;
        demand(question, `metrics of ${article.id}`, shown(article.metrics), shown(metrics));
      });
    }
    const last = found.entries.at(-1);
    const goesOn = found.more && (question.whole || isFirst);
    // As a page token keeps it.
    after = goesOn && last ? (JSON.parse(JSON.stringify(last.cursor)) as CursorValues) : undefined;
  }
}

function idOf({ article }: { readonly article: { readonly id: string } }): string {
  return article.id;
}

/** In one order, less what is null. */
function shown(metrics: object): unknown {
  const entries = metrics instanceof Map ? [...metrics] : Object.entries(metrics);
  return entries.filter(([, value]) => value !== null).sort(([a], [b]) => (a < b ? -1 : 1));
}

function demand(question: Question, what: string, found: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (is === should) return;
  throw new Error(`${describeQuestion(question)}\n${what}\n  is     ${is}\n  wanted ${should}`);
}

export function toQuery({ registry }: Shelf, question: Question): ArticleQuery {
  const filter = question.ask && readAsk(question.ask, question, registry);
  return {
    ...(filter ? { filter } : {}),
    orderBy: parseOrderBy(orderText(question.order), registry) as readonly OrderKey[],
    pageSize: question.pageSize,
    skip: question.skip,
    count: 'exact',
    now: timestampFromMs(NOW_MS),
    registry,
  };
}

/** All ways of writing a filter must come to one canonical text. */
function readAsk(ask: Ask, question: Question, registry: Shelf['registry']): Filter {
  const fromText = parseFilter(askText(ask), registry) as Filter;
  const fromJson = readJsonFilter(new JsonText(askJson(ask)), registry, '') as Filter;
  const canonical = printFilter(fromText);
  demand(question, 'canonical text of the JSON form', printFilter(fromJson), canonical);
  switch (question.form) {
    case 'text':
      return fromText;
    case 'json':
      return fromJson;
    case 'canonical':
      return parseFilter(canonical, registry) as Filter;
  }
}
