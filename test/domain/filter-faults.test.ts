import { describe, expect, it } from 'vitest';
import { type FieldRegistry, parseFilter } from '../../src/domain/index.ts';
import { REGISTRY, refusalOf } from './registry.ts';

const faultOf = (text: string, registry: FieldRegistry = REGISTRY) => {
  const error = refusalOf(() => parseFilter(text, registry));
  expect(error.faults).toHaveLength(1);
  return error.faults[0];
};

/** Filter, position of the fault, its code, and the suggestion. */
type Row = [string, number, string, string | undefined];

const refuses = (rows: Row[]): void => {
  it.each(rows)('%s', (text, position, code, suggestion) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ parameter: 'filter', position, code });
    expect(fault?.suggestion).toBe(suggestion);
    const isName = code.startsWith('unknown_');
    if (suggestion !== undefined && !isName) {
      expect(() => parseFilter(suggestion, REGISTRY)).not.toThrow();
    }
  });
};

describe('a mix of AND and OR is refused with its parentheses', () => {
  refuses([
    ['rev=1 AND rev=2 OR rev=3', 16, 'mixed_and_or', '(rev=1 AND rev=2) OR rev=3'],
    ['rev=1 OR rev=2 AND rev=3', 15, 'mixed_and_or', 'rev=1 OR (rev=2 AND rev=3)'],
    [
      'rev=1 AND rev=2 OR NOT rev=3 AND ( rev=4 )',
      16,
      'mixed_and_or',
      '(rev=1 AND rev=2) OR (NOT rev=3 AND ( rev=4 ))',
    ],
    [
      'topics.any(key="a" OR type="b" AND weight>0)',
      31,
      'mixed_and_or',
      'topics.any(key="a" OR (type="b" AND weight>0))',
    ],
    ['title="😀" AND rev=1 OR rev=2', 21, 'mixed_and_or', '(title="😀" AND rev=1) OR rev=2'],
    [
      '(rev=1 OR rev=2 AND rev=3) AND rev=4 OR rev=5',
      16,
      'mixed_and_or',
      '((rev=1 OR (rev=2 AND rev=3)) AND rev=4) OR rev=5',
    ],
  ]);
});

describe('what is left out or spelt otherwise is put right', () => {
  refuses([
    ['climate', 0, 'bare_word', 'text("climate")'],
    ['climate change', 0, 'bare_word', 'text("climate change")'],
    ['  U.S. policy AND rev=1', 2, 'bare_word', '  text("U.S. policy") AND rev=1'],
    ['climate language="en"', 0, 'bare_word', 'text("climate") AND language="en"'],
    ['"climate"', 0, 'bare_word', 'text("climate")'],
    ['"climate change"', 0, 'bare_word', 'text("\\"climate change\\"")'],
    ['language is "en"', 0, 'bare_word', undefined],
    ['language = en', 11, 'bare_word', 'language = "en"'],
    ['title = climate change AND rev=1', 8, 'bare_word', 'title = "climate change" AND rev=1'],
    ['language:(en,de)', 10, 'bare_word', 'language:("en","de")'],
    ['url = https://x.example/a?b=c', 6, 'bare_word', 'url = "https://x.example/a?b=c"'],
    ['rev = many', 6, 'bare_word', undefined],
    ['language="en" section="a"', 14, 'missing_and', 'language="en" AND section="a"'],
    ['language="en"section="a"', 13, 'missing_and', 'language="en" AND section="a"'],
    ['(rev=1)(rev=2)', 7, 'missing_and', '(rev=1) AND (rev=2)'],
    ['rev=1 NOT rev=2', 6, 'missing_and', 'rev=1 AND NOT rev=2'],
    ['rev=1 rev=2 OR rev=3', 6, 'missing_and', '(rev=1 AND rev=2) OR rev=3'],
    ['-language = "en"', 0, 'minus_not', 'NOT language = "en"'],
    ['rev=1 AND -(rev=2)', 10, 'minus_not', 'rev=1 AND NOT (rev=2)'],
    ['! rev=1', 0, 'minus_not', 'NOT rev=1'],
    ['-climate', 0, 'minus_not', 'NOT text("climate")'],
    ['rev=1 and rev=2', 6, 'keyword_case', 'rev=1 AND rev=2'],
    ['rev=1 Or rev=2', 6, 'keyword_case', 'rev=1 OR rev=2'],
    ['not rev=1 and not rev=2', 0, 'keyword_case', 'NOT rev=1 AND NOT rev=2'],
    ['rev=1 && rev=2 || rev=3', 6, 'keyword_case', '(rev=1 AND rev=2) OR rev=3'],
    ['metrics.paid = True', 15, 'keyword_case', 'metrics.paid = true'],
    ['title = NULL', 8, 'keyword_case', 'title = null'],
    ['publishedAt > NOW-7D', 14, 'keyword_case', 'publishedAt > now-7d'],
    ['rev == 1', 4, 'invalid_operator', 'rev = 1'],
    ['rev <> 1', 4, 'invalid_operator', 'rev != 1'],
    ['language IN ("en","de")', 9, 'invalid_operator', 'language:("en","de")'],
    ['language = ("en","de")', 9, 'invalid_operator', 'language : ("en","de")'],
    [
      'rev=1 AND language!=("en","de")',
      18,
      'invalid_operator',
      'rev=1 AND NOT language:("en","de")',
    ],
    ['rev < (1,2)', 4, 'invalid_operator', undefined],
    ['title = *', 8, 'expected_value', 'title : *'],
    ['title != *', 9, 'expected_value', undefined],
    ['language "en"', 9, 'missing_operator', 'language = "en"'],
    ["language = 'e\"n'", 11, 'single_quotes', 'language = "e\\"n"'],
    ['(rev=1 AND (rev=2', 17, 'expected_parenthesis', '(rev=1 AND (rev=2))'],
    ['rev\u00a0=\u00a01', 3, 'unexpected_character', 'rev = 1'],
  ]);
});

describe('what has no plain correction gets none', () => {
  refuses([
    ['rev=1)', 5, 'unexpected_parenthesis', undefined],
    ['()', 1, 'expected_term', undefined],
    ['AND rev=1', 0, 'expected_term', undefined],
    ['rev=1 AND', 9, 'expected_term', undefined],
    ['rev=1 AND  ', 11, 'expected_term', undefined],
    ['rev=1 AND OR rev=2', 10, 'expected_term', undefined],
    ['NOT', 3, 'expected_term', undefined],
    ['rev =', 5, 'expected_value', undefined],
    ['rev = AND title="a"', 6, 'expected_value', undefined],
    ['rev:(', 5, 'expected_value', undefined],
    ['rev:()', 5, 'expected_value', undefined],
    ['rev:(1,)', 7, 'expected_value', undefined],
    ['rev:(1 2)', 7, 'expected_parenthesis', undefined],
    ['= 1', 0, 'unexpected_character', undefined],
    ['rev = 1, title = "a"', 7, 'unexpected_character', undefined],
    ['rev = 1 = 2', 8, 'unexpected_character', undefined],
    ['title = "a', 8, 'unclosed_string', undefined],
    ['title = "a\\"', 8, 'unclosed_string', undefined],
    ["title = 'a", 8, 'unclosed_string', undefined],
    ['title = "a\\d"', 10, 'invalid_escape', undefined],
    ['title = "\\u00g0"', 9, 'invalid_escape', undefined],
    ['title = "\\/"', 9, 'invalid_escape', undefined],
    ['title = "\\u0000"', 8, 'invalid_character', undefined],
    ['title = "\\ud800"', 8, 'invalid_character', undefined],
    ['attributes."\\u0000" = 1', 11, 'invalid_character', undefined],
    ['text()', 5, 'expected_string', undefined],
    ['text(climate)', 5, 'expected_string', undefined],
    ['text("a" OR "b")', 9, 'expected_parenthesis', undefined],
    ['text(" ")', 0, 'empty_text', undefined],
    ['topics.any(text("a"))', 11, 'not_allowed_here', undefined],
    ['topics.any(topics.any(key="a"))', 11, 'not_allowed_here', undefined],
  ]);
});

describe('unknown names get the nearest one', () => {
  refuses([
    ['langage = "en"', 0, 'unknown_field', 'language'],
    ['rev=1 AND NOT titel:"x"', 14, 'unknown_field', 'title'],
    ['readability > 1', 0, 'unknown_field', 'metrics.readability'],
    ['readabilty > 1', 0, 'unknown_field', 'metrics.readability'],
    ['metrics.readabilty > 1', 0, 'unknown_metric', 'metrics.readability'],
    ['metrics.readability.x > 1', 0, 'unknown_metric', 'metrics.readability'],
    ['metrics.zzzzzzzzzzzzzzzz > 1', 0, 'unknown_metric', undefined],
    ['metric.readability > 1', 0, 'unknown_field', 'metrics.readability'],
    ['attribute.a.b = 1', 0, 'unknown_field', 'attributes.a.b'],
    ['source.key = "x"', 0, 'unknown_field', 'source'],
    ['ai.summary.modle = "x"', 0, 'unknown_field', 'ai.summary.model'],
    ['ai.Summary:*', 0, 'invalid_name', undefined],
    ['topics.any(wieght>1)', 11, 'unknown_field', 'weight'],
    ['topics.any(title="x")', 11, 'unknown_field', undefined],
    ['topics.type = "person"', 0, 'topic_member', 'topics.any(type = "person")'],
    ['tex("a")', 0, 'unknown_function', 'text'],
    ['topic.any(key="a")', 0, 'unknown_function', 'topics.any'],
    ['near("a")', 0, 'unknown_function', undefined],
    ['attributes:*', 0, 'unknown_field', undefined],
    ['qqqqqqqqqqq = 1', 0, 'unknown_field', undefined],
    ['constructor = 1', 0, 'unknown_field', undefined],
  ]);
});

describe('a literal of another type than its field is refused', () => {
  refuses([
    ['title = 5', 8, 'wrong_type', 'title = "5"'],
    ['title = true', 8, 'wrong_type', 'title = "true"'],
    ['title = 2024-01-01', 8, 'wrong_type', 'title = "2024-01-01"'],
    ['title = now', 8, 'wrong_type', undefined],
    ['rev = "5"', 6, 'wrong_type', 'rev = 5'],
    ['rev = "five"', 6, 'wrong_type', undefined],
    ['rev = 2024-01-01', 6, 'wrong_type', undefined],
    ['rev:(1,"2")', 7, 'wrong_type', 'rev:(1,2)'],
    ['publishedAt > 2024', 14, 'wrong_type', undefined],
    ['metrics.paid = "true"', 15, 'wrong_type', 'metrics.paid = true'],
    ['metrics.paid = 1', 15, 'wrong_type', undefined],
    ['metrics.verdict = 1', 18, 'wrong_type', 'metrics.verdict = "1"'],
    ['authors:5', 8, 'wrong_type', 'authors:"5"'],
    ['topics = 5', 9, 'wrong_type', 'topics = "5"'],
    ['topics.any(weight="0.5")', 18, 'wrong_type', 'topics.any(weight=0.5)'],
    ['ai.summary.version = "1"', 21, 'wrong_type', 'ai.summary.version = 1'],
    ['attributes.x > now-7d', 15, 'wrong_type', undefined],
    ['ai.summary = "x"', 0, 'presence_only', undefined],
    ['ai.summary:("x")', 0, 'presence_only', undefined],
    ['title < null', 8, 'null_operator', undefined],
    ['title:null', 6, 'null_operator', undefined],
    ['rev >= null', 7, 'null_operator', undefined],
    ['title:("a",null)', 11, 'null_in_list', undefined],
    ['attributes.x:(null)', 14, 'null_in_list', undefined],
  ]);
});

describe('numbers and times that are none are refused', () => {
  refuses([
    ['rev = .5', 6, 'invalid_number', 'rev = 0.5'],
    ['rev = -5.', 6, 'invalid_number', 'rev = -5'],
    ['rev = +5', 6, 'invalid_number', 'rev = 5'],
    ['rev = 007', 6, 'invalid_number', 'rev = 7'],
    ['rev = 1e400', 6, 'number_out_of_range', undefined],
    ['rev = 1e-400', 6, 'number_out_of_range', undefined],
    ['attributes.x = 1e400', 15, 'number_out_of_range', undefined],
    ['publishedAt > "yesterday"', 14, 'invalid_time', undefined],
    ['publishedAt > yesterday', 14, 'bare_word', undefined],
    ['publishedAt > 2024-02-30', 14, 'invalid_time', undefined],
    ['publishedAt > "2024-1-1"', 14, 'invalid_time', undefined],
    ['publishedAt > 2024-01-01T00:00:00', 14, 'invalid_time', 'publishedAt > 2024-01-01T00:00:00Z'],
    [
      'publishedAt > "2024-01-01T00:00:00"',
      14,
      'invalid_time',
      'publishedAt > "2024-01-01T00:00:00Z"',
    ],
    [
      'publishedAt > 2024-01-01T00:00:00 02:00',
      14,
      'invalid_time',
      'publishedAt > 2024-01-01T00:00:00+02:00',
    ],
    ['publishedAt > now - 7d', 14, 'invalid_time', 'publishedAt > now-7d'],
    ['publishedAt < now 2h', 14, 'invalid_time', 'publishedAt < now+2h'],
    ['publishedAt > "now-7d"', 14, 'invalid_time', 'publishedAt > now-7d'],
    ['publishedAt > "2024*"', 14, 'invalid_time', undefined],
    ['publishedAt > now-7y', 14, 'bare_word', undefined],
    ['publishedAt > now-99999999d', 14, 'time_out_of_range', undefined],
  ]);
});

describe('the limits of the filter language', () => {
  const terms = (count: number): string => Array(count).fill('rev=1').join(' AND ');

  refuses([
    [`title="${'x'.repeat(4_089)}"`, 4_096, 'too_long', undefined],
    [`title="${'é'.repeat(2_045)}"`, 2_051, 'too_long', undefined],
    [`title="${'😀'.repeat(1_023)}"`, 2_051, 'too_long', undefined],
    [`${'('.repeat(17)}rev=1${')'.repeat(17)}`, 16, 'too_deep', undefined],
    [`${'NOT '.repeat(17)}rev=1`, 64, 'too_deep', undefined],
    [`${'NOT '.repeat(16)}topics.any(key="a")`, 64, 'too_deep', undefined],
    ['('.repeat(4_000), 16, 'too_deep', undefined],
    [`${terms(64)} AND rev=2`, terms(64).length + 5, 'too_many_terms', undefined],
    [`rev:(${Array(65).fill('1').join(',')})`, 5 + 64 * 2, 'too_many_terms', undefined],
    [
      `${terms(63)} AND topics.any(key="a" AND weight=1)`,
      terms(63).length + 28,
      'too_many_terms',
      undefined,
    ],
    [`${terms(63)} AND rev:(1,2)`, terms(63).length + 12, 'too_many_terms', undefined],
  ]);

  it('leave a suggestion out that would pass them', () => {
    const mixed = `rev=1 AND rev=2 OR title="${'x'.repeat(4_069)}"`;
    expect(mixed.length).toBe(4_096);
    expect(faultOf(mixed)).toMatchObject({ code: 'mixed_and_or' });
    expect(faultOf(mixed)?.suggestion).toBeUndefined();
  });
});

describe('where a filter stands', () => {
  it('is told as the caller says', () => {
    const error = refusalOf(() => parseFilter('x=1', REGISTRY, { pointer: '/filter' }));
    expect(error).toMatchObject({ code: 'invalid', op: 'filter.parse' });
    expect(error.faults[0]).toMatchObject({ pointer: '/filter', position: 0 });
    expect(error.faults[0]).not.toHaveProperty('parameter');
  });
});
