import fc from 'fast-check';
import { Decimal, type Json, type MetricType } from './model.ts';

/**
 * The values that corpus and questions share, few enough that both often mean the same ones, and chosen
 * for what goes wrong: case, code points behind the surrogates, what LIKE and JSON paths take apart.
 */
export const TEXTS = [
  'a',
  'A',
  'b',
  'ab',
  'aB b',
  'é',
  'É',
  'e\u0301',
  'ß',
  'ẞ',
  'SS',
  'дом',
  'ДОМ',
  'ς',
  'i',
  'I',
  'ı',
  '日本',
  '\uff5e',
  '😀',
  '😀b',
  '100%',
  'a_b',
  'a%b',
  'a\\b',
  'a*b',
  'x"y',
  "o'clock",
  'two\nlines',
  'tab\there',
  '; drop table article; --',
  ':p1 $1 ::text',
  '[^a]',
  '.*',
  ' ',
  ' a ',
] as const;

export const text = fc.oneof(
  { arbitrary: fc.constantFrom(...TEXTS), weight: 5 },
  fc.tuple(fc.constantFrom(...TEXTS), fc.constantFrom(...TEXTS)).map(([a, b]) => a + b),
);

/** As long as a title may be, of characters that nothing compresses, and alike for as long as an index looks. */
const LONG_TITLES = ['', '、', '。'].map((tail) => {
  const characters = Array.from({ length: 999 }, (_, n) =>
    String.fromCodePoint(0x4e00 + ((n * n * 7_919 + n * 104_729) % 20_000)),
  );
  return characters.join('') + tail;
});

export const title = fc.oneof(
  { arbitrary: text, weight: 12 },
  { arbitrary: fc.constantFrom(...LONG_TITLES), weight: 1 },
);

/** Ids take few characters, but those that a locale would sort otherwise. */
export const id = fc
  .tuple(
    fc.constantFrom('a', 'B', 'b', 'Z', '0', '9'),
    fc.string({ unit: fc.constantFrom('a', 'B', '-', '_', '.', '~', '0'), maxLength: 3 }),
  )
  .map((parts) => parts.join(''));

export const key = fc.constantFrom('k1', 'K1', 'k2', 'é', 'a b', 'a%b', '😀', '\uff5e');
export const topicType = fc.constantFrom('topic', 'person', 'Person', 'place');
export const weight = fc.constantFrom(0, 0.1, 0.25, 0.5, 1);
export const language = fc.constantFrom('en', 'de', 'de-CH', 'el', 'ja');
export const url = fc
  .constantFrom('a', 'b', 'a%b', 'a_b', 'A', '?x=1*2')
  .map((path) => `https://example.org/${path}`);
export const model = fc.constantFrom('gpt4o', 'GPT4o', 'phi4', 'a%b');
export const kind = fc.constantFrom('summary', 'entities', 'note');
export const wholes = fc.integer({ min: 1, max: 4 });
/** Texts that full-text search reads the same in every language. */
export const numerals = fc
  .array(fc.constantFrom('11', '22', '33', '44'), { minLength: 1, maxLength: 4 })
  .map((words) => words.join(' '));

const MS = 86_400_000;
const START = Date.UTC(2024, 0, 1);

/** Moments that fall together, are a microsecond apart, or lie at the ends of what is taken. */
export const moment = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 9 }).map((day) => at(START + day * MS)) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 3 })
      .map((micros) => at(START).replace('000000Z', `00000${micros}Z`)),
  },
  fc.constantFrom('0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z'),
);

function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000000Z`;
}

/** What a query calls now. */
export const NOW_MS = START + 5 * MS;

export const double = fc.oneof(
  { arbitrary: fc.constantFrom(-1.5, -1, 0, 0.1, 1, 2, 2.5, 10), weight: 6 },
  fc.constantFrom(1e-300, 1e300, 9_007_199_254_740_992, 1 / 3),
);

/** Numbers whose digits a double cannot hold stand beside their neighbours. */
export const decimal = fc.constantFrom(
  '-1',
  '0',
  '0.0',
  '1',
  '1.0',
  '1.50',
  '1e2',
  '100',
  '9007199254740992',
  '9007199254740993',
  '0.1',
  '0.10000000000000000001',
);

/** Two names are most of them, so that what is asked for is often there. */
export const memberName = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b-c'), weight: 5 },
  fc.constantFrom('A', 'a.b', 'x y', '0', '-1', '__proto__', 'é', 'q"q', 'b\\s', '', "o'c", '{a}'),
);

const scalar: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: text, weight: 3 },
  { arbitrary: decimal.map((digits) => new Decimal(digits)), weight: 3 },
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('2024-01-01', 'true', '1', 'null'),
);

export const attributes: fc.Arbitrary<ReadonlyMap<string, Json>> = fc.letrec<{
  value: Json;
  members: ReadonlyMap<string, Json>;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { arbitrary: scalar, weight: 4 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: tie('members'), weight: 2 },
  ),
  members: fc
    .array(fc.tuple(memberName, tie('value')), { maxLength: 4 })
    .map((entries) => new Map(entries)),
})).members;

/** Metrics of each type, in a slot and in the overflow. The name begins with the type. */
export const METRICS: ReadonlyMap<string, MetricType> = new Map([
  ['number-slot', 'number'],
  ['number-over', 'number'],
  ['string-slot', 'string'],
  ['string-over', 'string'],
  ['boolean-slot', 'boolean'],
  ['boolean-over', 'boolean'],
  ['time-slot', 'time'],
  ['time-over', 'time'],
]);

export function metricValue(type: MetricType): fc.Arbitrary<number | string | boolean> {
  switch (type) {
    case 'number':
      return double;
    case 'string':
      return text;
    case 'boolean':
      return fc.boolean();
    case 'time':
      return moment;
  }
}
