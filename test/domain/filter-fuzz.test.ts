import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isServiceError, readJsonFilter } from '../../src/domain/index.ts';
import { checkInput } from './filter-input.ts';
import { REGISTRY } from './registry.ts';

const tokens = fc.constantFrom(
  ...[
    'AND',
    'OR',
    'NOT',
    'and',
    'not',
    '(',
    ')',
    ',',
    '*',
    '-',
    '!',
    '&&',
    '||',
    '.',
    '"',
    "'",
    '\\',
  ],
  ...[
    '=',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    ':',
    '==',
    '<>',
    ' ',
    ' ',
    ' ',
    '\n',
    '\u00a0',
    '\0',
    '\ud800',
    '😀',
  ],
  ...[
    'title',
    'rev',
    'publishedAt',
    'authors',
    'topics',
    'attributes.a',
    'attributes."x y"',
    'langage',
  ],
  ...[
    'metrics.readability',
    'metrics.paid',
    'ai.summary',
    'ai.summary.model',
    'topics.any(',
    'text(',
    'key',
  ],
  ...[
    '"en"',
    '"a*b"',
    '"\\u0041"',
    '5',
    '-0.5',
    '1e400',
    'true',
    'null',
    'now-7d',
    'now',
    '2024-01-01',
  ],
  ...[
    '2024-01-01T00:00:00Z',
    'climate',
    'change',
    'in',
    'rev=1',
    'title:"x"',
    'text("x")',
    '{"a"}',
  ],
);
const soup = fc
  .array(tokens, { maxLength: 24 })
  .chain((parts) => fc.constantFrom('', ' ').map((joint) => parts.join(joint)));
const inputs = fc.oneof(
  soup,
  soup,
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
);

describe('the filter parser', () => {
  it('gives a filter or an error that points into the text, whatever the text', () => {
    fc.assert(
      fc.property(inputs, (text) => void checkInput(text, REGISTRY)),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['parentheses', '('.repeat(4_096)],
    ['minus signs', '-'.repeat(4_096)],
    ['minus terms', '-a '.repeat(1_365)],
    ['bare words', 'a '.repeat(2_048)],
    ['bare strings', '""'.repeat(2_048)],
    ['quotes', "'".repeat(4_096)],
    ['stars', `title="${'*'.repeat(4_080)}"`],
    ['dots', `attributes${'.a'.repeat(2_000)}=1`],
    ['missing ANDs', 'rev=1 '.repeat(682)],
    ['mixed operators', `rev=1${' AND rev=1 OR rev=1'.repeat(200)}`],
    ['digits', `rev=${'9'.repeat(4_000)}`],
    ['an unknown name', `${'x'.repeat(4_000)}=1`],
    ['spaces', `rev${' '.repeat(4_000)}=1`],
    ['operators', 'rev'.padEnd(4_096, '=')],
    ['lower-case keywords', 'rev=1 and '.repeat(60)],
    ['megabytes', 'rev=1 '.repeat(1_000_000)],
  ])('comes to an end on %s', (_, text) => {
    checkInput(text, REGISTRY);
  });

  it('gives a filter or an error with a pointer, whatever the JSON', () => {
    const node = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.record(
          {
            and: fc.array(tie('node'), { maxLength: 3 }),
            not: tie('node'),
            text: fc.string(),
          },
          { requiredKeys: [] },
        ),
        fc.record(
          {
            field: fc.constantFrom('title', 'rev', 'topics', 'attributes.a', 'x', '.', '"'),
            op: fc.constantFrom('=', ':', 'in', 'any', 'present', 'x'),
            value: fc.jsonValue(),
            values: fc.array(fc.jsonValue()),
            where: tie('node'),
          },
          { requiredKeys: ['field', 'op'] },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(node, (value) => {
        try {
          readJsonFilter(value, REGISTRY, '/filter');
        } catch (error) {
          if (!isServiceError(error, 'invalid')) throw error;
          expect(error.faults[0]?.pointer).toMatch(/^\/filter(?:\/|$)/);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
