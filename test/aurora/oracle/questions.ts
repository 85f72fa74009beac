import fc from 'fast-check';
import { type Ask, COMPARISONS, type Literal, type SortKey } from './model.ts';
import * as vocabulary from './vocabulary.ts';

type Path = readonly string[];
type Value = 'string' | 'number' | 'boolean' | 'time' | 'any' | 'list';

interface Asked {
  readonly field: Path;
  readonly type: Value;
  /** Strings that such a field may hold. */
  readonly strings?: fc.Arbitrary<string>;
}

const boolean: fc.Arbitrary<Literal> = fc.boolean().map((value) => ({ type: 'boolean', value }));
const number: fc.Arbitrary<Literal> = fc
  .oneof(
    vocabulary.decimal,
    vocabulary.double.map((value) => JSON.stringify(value)),
    fc.constantFrom('2', '2.5', '3', '-0.5'),
  )
  .map((digits) => ({ type: 'number', text: digits }));
const time: fc.Arbitrary<Literal> = fc.oneof(
  fc
    .tuple(vocabulary.moment, fc.constantFrom('Z', '+02:00', '-05:30', 'date', 'quoted'))
    .map(([at, form]): Literal => ({ type: 'time', ...spelled(at, form) })),
  fc.constantFrom<Literal>(
    { type: 'relative', seconds: 0, written: 'now' },
    { type: 'relative', seconds: -172_800, written: 'now-2d' },
    { type: 'relative', seconds: 86_400, written: 'now+24h' },
    { type: 'relative', seconds: -604_800, written: 'now-1w' },
  ),
);

/** One moment in the spellings that the language takes. */
function spelled(at: string, form: string): { readonly at: string; readonly written: string } {
  const utc = at.replace(/\.?0*Z$/, 'Z');
  if (form === 'quoted') return { at, written: `"${utc}"` };
  if (form === 'date' && at.endsWith('T00:00:00.000000Z')) return { at, written: at.slice(0, 10) };
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(form) ?? [];
  if (sign === undefined || at < '0002' || at > '9998') return { at, written: utc };
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '+' ? 60_000 : -60_000);
  const local = new Date(Date.parse(`${at.slice(0, 19)}Z`) + offset).toISOString().slice(0, 19);
  return { at, written: `${local}${utc.slice(19, -1)}${form}` };
}

const string = (values: fc.Arbitrary<string>): fc.Arbitrary<Literal> =>
  values.map((value) => ({ type: 'string', value }));

/** Some of a value, with stars for the rest of it. */
const pattern = (values: fc.Arbitrary<string>): fc.Arbitrary<Literal> =>
  fc
    .tuple(values, fc.nat({ max: 4 }), fc.nat({ max: 4 }), fc.boolean(), fc.boolean())
    .map(([value, from, length, open, closed]) => {
      const characters = [...value];
      const cut = Math.min(from, characters.length);
      const head = characters.slice(0, cut).join('');
      const tail = characters.slice(cut + length).join('');
      if (open && closed) return { type: 'pattern', parts: ['', head, ''] };
      return { type: 'pattern', parts: open ? ['', tail] : [head, ...(closed ? [''] : [tail])] };
    })
    .map((literal) => {
      // Stars side by side are one.
      const { parts } = literal as { readonly parts: readonly string[] };
      const last = parts.length - 1;
      const kept = parts.filter((part, at) => part !== '' || at === 0 || at === last);
      return { type: 'pattern', parts: kept };
    });

const metricFields = [...vocabulary.METRICS].map(
  ([name, type]): Asked => ({ field: ['metrics', name], type }),
);

const attributePath = fc
  .oneof(
    { arbitrary: fc.array(vocabulary.memberName, { minLength: 1, maxLength: 1 }), weight: 3 },
    fc.array(vocabulary.memberName, { minLength: 2, maxLength: 3 }),
  )
  .map((path) => ['attributes', ...path]);

const fields: fc.Arbitrary<Asked> = fc.oneof(
  fc.constantFrom<Asked>(
    { field: ['id'], type: 'string', strings: vocabulary.id },
    { field: ['url'], type: 'string', strings: vocabulary.url },
    { field: ['title'], type: 'string' },
    { field: ['description'], type: 'string' },
    { field: ['language'], type: 'string', strings: vocabulary.language },
    { field: ['section'], type: 'string' },
    { field: ['source'], type: 'string', strings: vocabulary.key },
  ),
  fc.constantFrom<Asked>(
    { field: ['authors'], type: 'list' },
    { field: ['topics'], type: 'list', strings: vocabulary.key },
  ),
  fc.constantFrom<Asked>(
    { field: ['publishedAt'], type: 'time' },
    { field: ['ingestedAt'], type: 'time' },
    { field: ['updatedAt'], type: 'time' },
    { field: ['rev'], type: 'number' },
  ),
  { arbitrary: attributePath.map((field): Asked => ({ field, type: 'any' })), weight: 2 },
  { arbitrary: fc.constantFrom(...metricFields), weight: 3 },
  { arbitrary: vocabulary.kind.chain((kind) => outputFields(kind)), weight: 1 },
);

function outputFields(kind: string): fc.Arbitrary<Asked> {
  return fc.constantFrom<Asked>(
    { field: ['ai', kind, 'model'], type: 'string', strings: vocabulary.model },
    { field: ['ai', kind, 'name'], type: 'string' },
    { field: ['ai', kind, 'runId'], type: 'string', strings: fc.constantFrom('r1', 'r2', 'r3') },
    { field: ['ai', kind, 'version'], type: 'number' },
    { field: ['ai', kind, 'sizeBytes'], type: 'number' },
    { field: ['ai', kind, 'producedAt'], type: 'time' },
  );
}

const topicFields = fc.constantFrom<Asked>(
  { field: ['key'], type: 'string', strings: vocabulary.key },
  { field: ['name'], type: 'string', strings: vocabulary.key.map((key) => `Name of ${key}`) },
  { field: ['type'], type: 'string', strings: vocabulary.topicType },
  { field: ['weight'], type: 'number' },
);

function literal({ type, strings = vocabulary.text }: Asked): fc.Arbitrary<Literal> {
  switch (type) {
    case 'number':
      return number;
    case 'boolean':
      return boolean;
    case 'time':
      return time;
    case 'any':
      return fc.oneof(string(vocabulary.text), number, boolean, bareTime);
    default:
      return string(strings);
  }
}

/** Among attributes a time is a string. */
const bareTime = fc.constant<Literal>({ type: 'time', at: '', written: '2024-01-01' });

function comparison(asked: Asked): fc.Arbitrary<Ask> {
  const { field, type, strings = vocabulary.text } = asked;
  const hasPatterns = type === 'string' || type === 'any' || type === 'list';
  return fc
    .constantFrom(...COMPARISONS)
    .chain((op) =>
      fc
        .oneof(
          { arbitrary: literal(asked), weight: 6 },
          ...(hasPatterns && ['=', '!=', ':'].includes(op)
            ? [{ arbitrary: pattern(strings), weight: 3 }]
            : []),
          ...(op === '=' || op === '!='
            ? [{ arbitrary: fc.constant<Literal>({ type: 'null' }), weight: 1 }]
            : []),
        )
        .map((value): Ask => ({ op, field, value })),
    );
}

function oneOf(asked: Asked): fc.Arbitrary<Ask> {
  const { field, type, strings = vocabulary.text } = asked;
  const hasPatterns = type === 'string' || type === 'any' || type === 'list';
  const value = fc.oneof(
    { arbitrary: literal(asked), weight: 4 },
    ...(hasPatterns ? [{ arbitrary: pattern(strings), weight: 1 }] : []),
  );
  return fc
    .array(value, { minLength: 1, maxLength: 4 })
    .map((values): Ask => ({ op: 'in', field, values }));
}

function term(asked: fc.Arbitrary<Asked>): fc.Arbitrary<Ask> {
  return asked.chain((one) =>
    fc.oneof(
      { arbitrary: comparison(one), weight: 5 },
      { arbitrary: oneOf(one), weight: 1 },
      { arbitrary: fc.constant<Ask>({ op: 'present', field: one.field }), weight: 1 },
    ),
  );
}

function tree(leaves: fc.Arbitrary<Ask>, maxDepth: number): fc.Arbitrary<Ask> {
  return fc.letrec<{ ask: Ask }>((tie) => ({
    ask: fc.oneof(
      { maxDepth },
      { arbitrary: leaves, weight: 3 },
      { arbitrary: tie('ask').map((one): Ask => ({ op: 'not', term: one })), weight: 1 },
      {
        arbitrary: fc
          .tuple(
            fc.constantFrom('and' as const, 'or' as const),
            fc.array(tie('ask'), { minLength: 2, maxLength: 3 }),
          )
          .map(([op, terms]): Ask => ({ op, terms })),
        weight: 2,
      },
    ),
  })).ask;
}

const anyTopic = tree(term(topicFields), 2).map((where): Ask => ({ op: 'any', where }));
const output = vocabulary.kind.chain((kind) =>
  fc.constantFrom<Ask>(
    { op: 'present', field: ['ai', kind] },
    { op: '=', field: ['ai', kind], value: { type: 'null' } },
    { op: '!=', field: ['ai', kind], value: { type: 'null' } },
  ),
);
/** What workers look for: articles without an output. */
export const missingOutput: fc.Arbitrary<Ask> = fc
  .tuple(vocabulary.kind, fc.constantFrom('null', 'not', 'member'))
  .map(([kind, form]): Ask => {
    if (form === 'not') return { op: 'not', term: { op: 'present', field: ['ai', kind] } };
    const field = form === 'member' ? ['ai', kind, 'version'] : ['ai', kind];
    return { op: '=', field, value: { type: 'null' } };
  });
const search = fc
  .constantFrom('11', '22 33', '"11 22"', '11 or 44', '-11', '22 -33', '99', '"22 33" or 11')
  .map((query): Ask => ({ op: 'text', query }));

/** Filters of every kind of term, up to three deep. */
export const asks: fc.Arbitrary<Ask> = tree(
  fc.oneof(
    { arbitrary: term(fields), weight: 12 },
    { arbitrary: anyTopic, weight: 2 },
    { arbitrary: output, weight: 1 },
    { arbitrary: search, weight: 1 },
  ),
  3,
);

export const SORTABLE = [
  'id',
  'title',
  'publishedAt',
  'ingestedAt',
  'updatedAt',
  'rev',
  ...[...vocabulary.METRICS.keys()].map((name) => `metrics.${name}`),
];

/** Up to three keys, in directions of their own. */
export const orders: fc.Arbitrary<readonly SortKey[]> = fc.uniqueArray(
  fc.record({ by: fc.constantFrom(...SORTABLE), descending: fc.boolean() }),
  { minLength: 1, maxLength: 3, selector: ({ by }) => by },
);

/** Those in which an index has what is missing. */
export const plainOrders: fc.Arbitrary<readonly SortKey[]> = fc
  .tuple(fc.constantFrom('id', 'publishedAt'), fc.boolean())
  .map(([by, descending]) => [{ by, descending }]);
