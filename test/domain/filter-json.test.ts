import { describe, expect, it } from 'vitest';
import { type Filter, JsonText, parseFilter, readJsonFilter } from '../../src/domain/index.ts';
import { REGISTRY, refusalOf } from './registry.ts';

const read = (value: unknown): Filter | undefined => readJsonFilter(value, REGISTRY, '/filter');
const term = (field: string, op: string, value: unknown) => ({ field, op, value });

describe('a filter as JSON', () => {
  it.each<[unknown, string]>([
    [term('title', '=', 'a'), 'title = "a"'],
    [term('title', ':', 'a*b'), 'title:"a*b"'],
    [term('title', '=', 'a\\*b\\\\c'), 'title = "a\\*b\\\\c"'],
    [term('title', '<', 'a*'), 'title < "a*"'],
    [term('rev', '>=', 5), 'rev >= 5'],
    [term('rev', ':', 1e21), 'rev = 1e+21'],
    [term('metrics.paid', '!=', true), 'metrics.paid != true'],
    [term('title', '=', null), 'title = null'],
    [term('title', '!=', null), 'title:*'],
    [term('publishedAt', '>', 'now-7d'), 'publishedAt > now-7d'],
    [term('publishedAt', '>', '2024-01-01'), 'publishedAt > 2024-01-01'],
    [
      term('publishedAt', '>', '2024-01-01T00:00:00+02:00'),
      'publishedAt > 2024-01-01T00:00:00+02:00',
    ],
    [term('attributes.a.b', '=', 'now-7d'), 'attributes.a.b = "now-7d"'],
    [term('attributes.full name."a.b"', '=', 1), 'attributes."full name"."a.b" = 1'],
    [{ field: 'title', op: 'present' }, 'title:*'],
    [{ field: 'title', op: 'in', values: ['a', 'b*'] }, 'title:("a","b*")'],
    [{ field: 'topics', op: 'any', where: term('weight', '>', 0.5) }, 'topics.any(weight > 0.5)'],
    [{ text: 'a "b c" \\ *' }, 'text("a \\"b c\\" \\\\ *")'],
    [{ not: term('title', '=', 'a') }, 'title != "a"'],
    [
      { and: [term('rev', '=', 1), { or: [term('rev', '=', 2), { text: 'x' }] }] },
      'rev=1 AND (rev=2 OR text("x"))',
    ],
    [{ and: [{ and: [term('rev', '=', 1)] }] }, 'rev=1'],
    ['title = "a"', 'title = "a"'],
  ])('%j means %s', (value, text) => {
    expect(read(value)).toEqual(parseFilter(text, REGISTRY));
    expect(read(new JsonText(JSON.stringify(value)))).toEqual(parseFilter(text, REGISTRY));
  });

  it('takes a blank string for no filter', () => {
    expect(read(' ')).toBeUndefined();
  });

  it('keeps the digits of numbers that it reads from text', () => {
    const text = '{"field":"attributes.n","op":"=","value":12345678901234567890.10}';
    expect(read(new JsonText(text))).toMatchObject({
      value: { type: 'number', text: '12345678901234567890.10' },
    });
  });

  it.each<[unknown, string, string, string | undefined]>([
    [null, '/filter', 'wrong_type', undefined],
    [5, '/filter', 'wrong_type', undefined],
    [[], '/filter', 'wrong_type', undefined],
    [new JsonText('7'), '/filter', 'wrong_type', undefined],
    [{}, '/filter', 'empty_filter', undefined],
    [{ annd: [] }, '/filter/annd', 'unknown_member', 'and'],
    [{ constructor: 1 }, '/filter/constructor', 'unknown_member', undefined],
    [{ and: [], or: [] }, '/filter/or', 'unknown_member', undefined],
    [{ and: [] }, '/filter/and', 'empty_list', undefined],
    [{ or: {} }, '/filter/or', 'wrong_type', undefined],
    [
      { and: [{ text: 'x' }, { not: { text: 5 } }] },
      '/filter/and/1/not/text',
      'wrong_type',
      undefined,
    ],
    [{ text: '' }, '/filter/text', 'empty_text', undefined],
    [{ ...term('title', '=', 'a'), valeu: 1 }, '/filter/valeu', 'unknown_member', undefined],
    [{ field: 'title', op: '=', valeu: 'a' }, '/filter/valeu', 'unknown_member', 'value'],
    [{ field: 'title', op: '=' }, '/filter/value', 'expected_value', undefined],
    [{ field: 'title' }, '/filter/op', 'wrong_type', undefined],
    [term('title', 'presnt', 'a'), '/filter/op', 'invalid_operator', 'present'],
    [term('title', '==', 'a'), '/filter/op', 'invalid_operator', '='],
    [term('titel', '=', 'a'), '/filter/field', 'unknown_field', 'title'],
    [term('', '=', 'a'), '/filter/field', 'unknown_field', undefined],
    [term('attributes.', '=', 'a'), '/filter/field', 'unknown_field', undefined],
    [term('attributes."a', '=', 'a'), '/filter/field', 'unknown_field', undefined],
    [term('metrics.readabilty', '=', 1), '/filter/field', 'unknown_metric', 'metrics.readability'],
    [term('title', '=', 5), '/filter/value', 'wrong_type', undefined],
    [term('title', '=', ['a']), '/filter/value', 'expected_value', undefined],
    [term('title', '=', 'a\\d'), '/filter/value', 'invalid_escape', undefined],
    [term('title', '=', 'a\\'), '/filter/value', 'invalid_escape', undefined],
    [term('title', '=', 'a\0'), '/filter/value', 'invalid_character', undefined],
    [term('attributes.a\ud800', '=', 1), '/filter/field', 'invalid_character', undefined],
    [term('title', '<', null), '/filter/value', 'null_operator', undefined],
    [term('publishedAt', '>', 'soon'), '/filter/value', 'invalid_time', undefined],
    [term('publishedAt', '>', '2024-01-01T00:00:00'), '/filter/value', 'invalid_time', undefined],
    [term('title', '=', 'x'.repeat(4_097)), '/filter/value', 'too_long', undefined],
    [{ field: 'title', op: 'in', values: [] }, '/filter/values', 'empty_list', undefined],
    [
      { field: 'title', op: 'in', values: ['a', null] },
      '/filter/values/1',
      'null_in_list',
      undefined,
    ],
    [{ field: 'title', op: 'present', value: 1 }, '/filter/value', 'unknown_member', undefined],
    [{ field: 'authors', op: 'any', where: {} }, '/filter/field', 'not_allowed_here', 'topics'],
    [{ field: 'topics', op: 'any' }, '/filter/where', 'wrong_type', undefined],
    [
      { field: 'topics', op: 'any', where: { text: 'x' } },
      '/filter/where/text',
      'not_allowed_here',
      undefined,
    ],
  ])('refuses %j at %s as %s', (value, pointer, code, suggestion) => {
    const error = refusalOf(() => read(value));
    expect(error.faults).toHaveLength(1);
    expect(error.faults[0]).toMatchObject({ pointer, code });
    expect(error.faults[0]).not.toHaveProperty('parameter');
    expect(error.faults[0]?.suggestion).toBe(suggestion);
  });

  it('tells where in its string a filter text is wrong', () => {
    expect(refusalOf(() => read('rev=1 and rev=2')).faults[0]).toEqual({
      pointer: '/filter',
      position: 6,
      code: 'keyword_case',
      detail: 'AND is written in capitals',
      suggestion: 'rev=1 AND rev=2',
    });
  });

  it('has the limits of the text form', () => {
    const one = term('rev', '=', 1);
    const wrap = (value: unknown, times: number, by: (inner: unknown) => unknown): unknown =>
      times === 0 ? value : by(wrap(value, times - 1, by));
    const not = (inner: unknown) => ({ not: inner });
    const andOr = (inner: unknown) => ({ and: [{ or: [inner, one] }, one] });
    expect(read(wrap(one, 16, not))).toBeDefined();
    expect(refusalOf(() => read(wrap(one, 17, not))).faults[0]?.code).toBe('too_deep');
    expect(read(wrap(one, 8, andOr))).toBeDefined();
    expect(refusalOf(() => read(wrap(one, 9, andOr))).faults[0]?.code).toBe('too_deep');
    const many = (count: number) => ({ and: Array(count).fill(one) });
    expect(read(many(64))).toBeDefined();
    expect(refusalOf(() => read(many(65))).faults[0]).toMatchObject({
      code: 'too_many_terms',
      pointer: '/filter/and/64',
    });
    const values = { field: 'rev', op: 'in', values: Array(65).fill(1) };
    expect(refusalOf(() => read(values)).faults[0]).toMatchObject({
      code: 'too_many_terms',
      pointer: '/filter/values/64',
    });
    const long = { and: Array(3).fill(term('title', '=', 'x'.repeat(1_500))) };
    expect(refusalOf(() => read(long)).faults[0]).toMatchObject({
      code: 'too_long',
      pointer: '/filter',
    });
  });
});
