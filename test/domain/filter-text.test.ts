import { describe, expect, it } from 'vitest';
import {
  type Field,
  type Filter,
  fieldsOf,
  type Literal,
  type Operator,
  parseFilter,
  type ScalarField,
  usesText,
} from '../../src/domain/index.ts';
import { REGISTRY } from './registry.ts';

const read = (text: string): Filter | undefined => parseFilter(text, REGISTRY);
const scalar = (name: ScalarField): Field => ({ kind: 'scalar', name });
const attribute = (...path: string[]): Field => ({ kind: 'attribute', path });
const is = (field: Field, op: Operator, value: Literal): Filter => ({
  type: 'compare',
  field,
  op,
  value,
});
const string = (value: string): Literal => ({ type: 'string', value });
const number = (text: string): Literal => ({ type: 'number', text });
const time = (value: string): Literal => ({ type: 'time', value }) as Literal;
const pattern = (...parts: string[]): Literal => ({ type: 'pattern', parts });
const relative = (offsetSeconds: number): Literal => ({ type: 'relative', offsetSeconds });
const authors: Field = { kind: 'list', name: 'authors' };
const topics: Field = { kind: 'list', name: 'topics' };
const title = scalar('title');
const published = scalar('publishedAt');
const rev = scalar('rev');

describe('the filter language', () => {
  it.each<[string, Filter]>([
    ['title = "a"', is(title, '=', string('a'))],
    ['title!="a"', is(title, '!=', string('a'))],
    ['rev<5', is(rev, '<', number('5'))],
    ['rev <= -5', is(rev, '<=', number('-5'))],
    ['rev>1.50e+3', is(rev, '>', number('1.50e+3'))],
    ['\trev\n>=\r\n0 ', is(rev, '>=', number('0'))],
    ['title:"climate"', is(title, ':', string('climate'))],
    ['source = "a.example"', is(scalar('source'), '=', string('a.example'))],
    ['metrics.readability > 0.5', is({ kind: 'metric', name: 'readability' }, '>', number('0.5'))],
    ['metrics.word-count>5', is({ kind: 'metric', name: 'word-count' }, '>', number('5'))],
    [
      'metrics.paid = true',
      is({ kind: 'metric', name: 'paid' }, '=', { type: 'boolean', value: true }),
    ],
    [
      'metrics.paid < true',
      is({ kind: 'metric', name: 'paid' }, '<', { type: 'boolean', value: true }),
    ],
    ['metrics.verdict:"x"', is({ kind: 'metric', name: 'verdict' }, ':', string('x'))],
    ['metrics.reviewed_at<now', is({ kind: 'metric', name: 'reviewed_at' }, '<', relative(0))],
    [
      'ai.summary.model = "gpt4o"',
      is({ kind: 'output', output: 'summary', member: 'model' }, '=', string('gpt4o')),
    ],
    [
      'ai.my-kind.version >= 2',
      is({ kind: 'output', output: 'my-kind', member: 'version' }, '>=', number('2')),
    ],
    [
      'ai.a.producedAt<now-1h',
      is({ kind: 'output', output: 'a', member: 'producedAt' }, '<', relative(-3600)),
    ],
    ['ai.summary:*', { type: 'present', field: { kind: 'output', output: 'summary' } }],
    [
      'ai.summary.runId:*',
      { type: 'present', field: { kind: 'output', output: 'summary', member: 'runId' } },
    ],
    ['text("climate -sport")', { type: 'text', query: 'climate -sport' }],
    ['text ( "a*b" )', { type: 'text', query: 'a*b' }],
    ['title:*', { type: 'present', field: title }],
    ['authors:*', { type: 'present', field: authors }],
    ['title:("a","b")', { type: 'in', field: title, values: [string('a'), string('b')] }],
    ['rev:( 1 , 2 )', { type: 'in', field: rev, values: [number('1'), number('2')] }],
    ['topics:("a","b")', { type: 'in', field: topics, values: [string('a'), string('b')] }],
    ['title:("a*","b")', { type: 'in', field: title, values: [pattern('a', ''), string('b')] }],
  ])('reads %s', (text, filter) => {
    expect(read(text)).toEqual(filter);
  });

  it.each<[string, Filter]>([
    ['attributes.a.b = 1', is(attribute('a', 'b'), '=', number('1'))],
    [
      'attributes.a.0.AND = true',
      is(attribute('a', '0', 'AND'), '=', { type: 'boolean', value: true }),
    ],
    ['attributes."a.b"."c \\"d\\"".é = "x"', is(attribute('a.b', 'c "d"', 'é'), '=', string('x'))],
    ['attributes."" = 1', is(attribute(''), '=', number('1'))],
    ['attributes.__proto__ = 1', is(attribute('__proto__'), '=', number('1'))],
    ['attributes.x > 2024-01-01', is(attribute('x'), '>', string('2024-01-01'))],
    ['attributes.x > "now-7d"', is(attribute('x'), '>', string('now-7d'))],
    ['attributes.x:5', is(attribute('x'), ':', number('5'))],
    ['attributes.x:("a")', { type: 'in', field: attribute('x'), values: [string('a')] }],
    [
      'attributes.x:("a",5,true)',
      {
        type: 'in',
        field: attribute('x'),
        values: [string('a'), number('5'), { type: 'boolean', value: true }],
      },
    ],
  ])('follows member names: %s', (text, filter) => {
    expect(read(text)).toEqual(filter);
  });

  it.each<[string, Filter]>([
    ['publishedAt > 2024-01-02', is(published, '>', time('2024-01-02T00:00:00.000000Z'))],
    ['publishedAt > "2024-01-02"', is(published, '>', time('2024-01-02T00:00:00.000000Z'))],
    [
      'publishedAt>2026-02-01T00:00:00+02:00',
      is(published, '>', time('2026-01-31T22:00:00.000000Z')),
    ],
    [
      'publishedAt="2026-02-01t00:00:00.123456z"',
      is(published, '=', time('2026-02-01T00:00:00.123456Z')),
    ],
    ['publishedAt:2026-02-01T00:00:00Z', is(published, '=', time('2026-02-01T00:00:00.000000Z'))],
    ['publishedAt > now', is(published, '>', relative(0))],
    ['publishedAt > now-7d', is(published, '>', relative(-604_800))],
    ['publishedAt < now+2h', is(published, '<', relative(7_200))],
    ['publishedAt < now-1w', is(published, '<', relative(-604_800))],
    ['publishedAt < now+3m', is(published, '<', relative(180))],
    ['publishedAt < now+3s', is(published, '<', relative(3))],
    [
      'publishedAt:(2024-01-01,now)',
      { type: 'in', field: published, values: [time('2024-01-01T00:00:00.000000Z'), relative(0)] },
    ],
  ])('reads times: %s', (text, filter) => {
    expect(read(text)).toEqual(filter);
  });

  it.each<[string, Literal]>([
    ['"a\\"b\\\\c\\n\\t\\u0041\\ud83d\\ude00"', string('a"b\\c\n\tA😀')],
    ['"line\nbreak"', string('line\nbreak')],
    ['"a*b"', pattern('a', 'b')],
    ['"*"', pattern('', '')],
    ['"a***b*"', pattern('a', 'b', '')],
    ['"a\\*b"', string('a*b')],
    ['"a\\*b*c"', pattern('a*b', 'c')],
    ['"a\\u002ab"', string('a*b')],
    ['""', string('')],
  ])('decodes the string %s', (written, literal) => {
    for (const op of ['=', '!=', ':'] as const) {
      expect(read(`title ${op} ${written}`)).toEqual(is(title, op, literal));
    }
  });

  it('takes a star for itself where it cannot stand for others', () => {
    expect(read('title < "a*b"')).toEqual(is(title, '<', string('a*b')));
    expect(read('title < "a\\*b"')).toEqual(is(title, '<', string('a*b')));
    expect(read('attributes."a*" = 1')).toEqual(is(attribute('a*'), '=', number('1')));
  });

  it.each([
    ['title = null', 'NOT title:*'],
    ['title != null', 'title:*'],
    ['NOT title = null', 'title:*'],
    ['NOT title = "a"', 'title != "a"'],
    ['NOT title != "a"', 'title = "a"'],
    ['NOT NOT title:"a"', 'title:"a"'],
    ['((title="a"))', 'title = "a"'],
    ['(title="a" AND rev=1) AND rev=2', 'title="a" AND rev=1 AND rev=2'],
    ['rev=1 OR (rev=2 OR (rev=3 OR rev=4))', 'rev=1 OR rev=2 OR rev=3 OR rev=4'],
    ['rev:5', 'rev=5'],
    ['publishedAt:"2024-01-01"', 'publishedAt = 2024-01-01T00:00:00Z'],
    ['metrics.paid:true', 'metrics.paid = true'],
    ['title:("a")', 'title = "a"'],
    ['authors:("a")', 'authors:"a"'],
    ['publishedAt > now-24h', 'publishedAt > now-1d'],
    ['title="a"AND(rev=1)', 'title = "a" AND rev = 1'],
  ])('means the same by %s and by %s', (one, other) => {
    expect(read(one)).toEqual(read(other));
  });

  it('joins, negates and groups', () => {
    const [a, b, c] = ['1', '2', '3'].map((text) => is(rev, '=', number(text))) as [
      Filter,
      Filter,
      Filter,
    ];
    expect(read('rev=1 AND rev=2 AND rev=3')).toEqual({ type: 'and', terms: [a, b, c] });
    expect(read('rev=1 AND (rev=2 OR rev=3)')).toEqual({
      type: 'and',
      terms: [a, { type: 'or', terms: [b, c] }],
    });
    expect(read('NOT (rev=1 OR rev=2)')).toEqual({
      type: 'not',
      term: { type: 'or', terms: [a, b] },
    });
    expect(read('NOT rev<1 AND rev=2')).toEqual({
      type: 'and',
      terms: [{ type: 'not', term: is(rev, '<', number('1')) }, b],
    });
  });

  it('asks one and the same topic', () => {
    expect(read('topics.any(type="person" AND weight>0.5)')).toEqual({
      type: 'any',
      field: 'topics',
      where: {
        type: 'and',
        terms: [
          is({ kind: 'topic', member: 'type' }, '=', string('person')),
          is({ kind: 'topic', member: 'weight' }, '>', number('0.5')),
        ],
      },
    });
    expect(read('topics.any(NOT (key:"a" OR name:*))')).toMatchObject({ type: 'any' });
  });

  it('compares lists too, though only ":" finds elements', () => {
    expect(read('authors = "x"')).toEqual(is(authors, '=', string('x')));
    expect(read('authors < "x"')).toEqual(is(authors, '<', string('x')));
    expect(read('authors:"x*"')).toEqual(is(authors, ':', pattern('x', '')));
    expect(read('topics = null')).toEqual(read('NOT topics:*'));
  });

  it('takes a blank text for no filter', () => {
    expect(read('')).toBeUndefined();
    expect(read(' \t\r\n')).toBeUndefined();
  });

  it('tells which fields are asked about, and whether text is searched', () => {
    const filter = read(
      'title="a" AND NOT (attributes.x:* OR topics.any(weight>0.5)) AND rev:(1,2)',
    );
    expect(filter && fieldsOf(filter)).toEqual([
      title,
      attribute('x'),
      topics,
      { kind: 'topic', member: 'weight' },
      rev,
    ]);
    expect(filter && usesText(filter)).toBe(false);
    const search = read('rev=1 AND NOT (rev=2 OR text("x"))');
    expect(search && usesText(search)).toBe(true);
  });
});

describe('the limits of the filter language', () => {
  const terms = (count: number): string => Array(count).fill('rev=1').join(' AND ');

  it('are reached', () => {
    const long = `title="${'x'.repeat(4_096 - 'title=""'.length)}"`;
    expect(long.length).toBe(4_096);
    expect(read(long)).toBeDefined();
    expect(read(`title="${'é'.repeat(2_044)}"`)).toBeDefined();
    expect(read(`${'('.repeat(16)}rev=1${')'.repeat(16)}`)).toBeDefined();
    expect(read(`${'NOT '.repeat(16)}rev=1`)).toBeDefined();
    expect(
      read(`${'('.repeat(7)}${'NOT '.repeat(8)}topics.any(key="a")${')'.repeat(7)}`),
    ).toBeDefined();
    expect(read(terms(64))).toBeDefined();
    expect(read(`rev:(${Array(64).fill('1').join(',')})`)).toBeDefined();
    expect(read(`${terms(62)} AND topics.any(key="a" AND weight=1)`)).toBeDefined();
  });
});
