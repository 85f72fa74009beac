import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  isServiceError,
  JsonText,
  printJson,
  type ReadJsonOptions,
  readJson,
  scanJson,
} from '../../src/domain/index.ts';
import { refusalOf } from './registry.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const firstFault = (text: string, options?: ReadJsonOptions) =>
  refusalOf(() => readJson(text, options)).faults[0];

describe('the JSON reader', () => {
  it('keeps chosen values as the text they came as', () => {
    const output = '{ "a" : 1.0e0, "a":12345678901234567890, "__proto__": "\\u0041\\/" }';
    const body = `{"items": [ {"output":  ${output} , "n": 1}, {"output":null}]}`;
    const read = readJson(body, { raw: [['items', '*', 'output']] });
    expect(printJson(read)).toBe(`{"items":[{"output":${output},"n":1},{"output":null}]}`);
    expect((read as { items: { output: unknown }[] }).items[1]?.output).toEqual(
      new JsonText('null'),
    );
  });

  it.each([
    [[], '{"a":1}', new JsonText('{"a":1}')],
    [['a'], '{"a":-0,"b":1}', { a: new JsonText('-0'), b: 1 }],
    [['a', 'b'], '{"a":{"b":"x","c":2},"b":3}', { a: { b: new JsonText('"x"'), c: 2 }, b: 3 }],
    [
      ['*', 'b'],
      '{"a":{"b":true},"c":{"b":[ ]}}',
      { a: { b: new JsonText('true') }, c: { b: new JsonText('[ ]') } },
    ],
    [['0'], '[1,2]', [new JsonText('1'), 2]],
  ])('keeps what the path %j leads to', (path, text, expected) => {
    expect(readJson(text, { raw: [path] })).toEqual(expected);
  });

  it('follows named and starred paths side by side', () => {
    const raw = [
      ['a', 'x'],
      ['*', 'y'],
    ];
    expect(readJson('{"a":{"x":1,"y":2},"b":{"x":3,"y":4}}', { raw })).toEqual({
      a: { x: new JsonText('1'), y: new JsonText('2') },
      b: { x: 3, y: new JsonText('4') },
    });
  });

  it('takes members named like those of Object.prototype as their own', () => {
    const read = readJson('{"__proto__":{"admin":true},"constructor":1,"toString":2}') as Record<
      string,
      unknown
    >;
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(read.admin).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(readJson('{"a":1}')).not.toHaveProperty('hasOwnProperty');
  });

  it('gives every number as its digits where asked to', () => {
    expect(readJson('[1.10, 1e400, -0]', { exactNumbers: true })).toEqual([
      new JsonText('1.10'),
      new JsonText('1e400'),
      new JsonText('-0'),
    ]);
  });

  it.each([
    ['', 0, '', 'invalid_json'],
    ['  ', 2, '', 'invalid_json'],
    ['{"a":1,}', 7, '', 'invalid_json'],
    ['{"a" 1}', 5, '', 'invalid_json'],
    ['{"a":1 "b":2}', 7, '', 'invalid_json'],
    ['[1 2]', 3, '', 'invalid_json'],
    ['[1,]', 3, '/1', 'invalid_json'],
    ['[01]', 2, '', 'invalid_json'],
    ['[-]', 1, '/0', 'invalid_json'],
    ['[1.]', 2, '', 'invalid_json'],
    ['[NaN]', 1, '/0', 'invalid_json'],
    ["{'a':1}", 1, '', 'invalid_json'],
    ['{"a":1', 6, '', 'invalid_json'],
    ['{"a":"x', 7, '/a', 'invalid_json'],
    ['{"a":"\\', 7, '/a', 'invalid_json'],
    ['{"a":"\\x"}', 6, '/a', 'invalid_json'],
    ['{"a":"\\u12g4"}', 6, '/a', 'invalid_json'],
    ['{"a":"\t"}', 6, '/a', 'invalid_json'],
    ['1 2', 2, '', 'invalid_json'],
    ['\ufeff1', 0, '', 'invalid_json'],
    ['[1,\u00a02]', 3, '/1', 'invalid_json'],
    ['{"a":{"b":1,"c":2,"b":3}}', 18, '/a/b', 'duplicate_member'],
    ['[{"a":1},{"\\u0061":1,"a":2}]', 21, '/1/a', 'duplicate_member'],
    ['{"x~/y":{"k":0,"k":0}}', 15, '/x~0~1y/k', 'duplicate_member'],
    ['[1,{"n":-1e400}]', 8, '/1/n', 'number_out_of_range'],
  ])('refuses %j at %i, pointer "%s", as %s', (text, position, pointer, code) => {
    expect(firstFault(text)).toMatchObject({ position, pointer, code });
  });

  it.each([
    ['{"output":[1,}', 13],
    ['{"output":{"a":1 "b":2}}', 17],
    ['{"output":"\n"}', 11],
    ['{"output":tru}', 10],
    ['{"output":{"a"}}', 14],
    ['{"output":{1:2}}', 11],
    ['{"output":[[]', 13],
  ])('finds the fault inside the raw member of %j at %i', (text, position) => {
    expect(firstFault(text, { raw: [['output']] })).toMatchObject({
      position,
      pointer: '/output',
      code: 'invalid_json',
    });
  });

  it('tells line and column, and the reason of what is no JSON', () => {
    const error = refusalOf(() => readJson('{\n  "a": 1,\r\n  "b": x\n}'));
    expect(error.reason).toBe('invalid_json');
    expect(error.faults[0]?.detail).toMatch(/\(line 3, column 8\)$/);
    expect(firstFault('[{"a":1,\n"a":2},\n\n{"b":1,"b":2}]')?.detail).toMatch(
      /\(line 2, column 1\)$/,
    );
    expect(refusalOf(() => readJson('{"a":1,"a":2}')).reason).toBe('invalid');
  });

  it('puts the place of the text itself in front of its pointers', () => {
    expect(firstFault('[1,{"a":1,"a":1}]', { pointer: '/lines/7' })?.pointer).toBe('/lines/7/1/a');
  });

  it('counts the levels of a raw member from itself', () => {
    const body = (depth: number): string => `{"a":[{"output":${nested(depth)}}]}`;
    const raw = [['a', '*', 'output']];
    expect(printJson(readJson(body(64), { raw }))).toBe(body(64));
    expect(firstFault(body(65), { raw })).toMatchObject({
      code: 'too_deep',
      pointer: '/a/0/output',
      position: '{"a":[{"output":'.length + 64,
    });
    const objects = (depth: number): string => `${'{"o":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(() => readJson(objects(64), { raw: [[]] })).not.toThrow();
    expect(firstFault(objects(65), { raw: [[]] })?.position).toBe(64 * '{"o":'.length);
  });

  it('counts the levels outside raw members apart', () => {
    expect(() => readJson(nested(3), { maxDepth: 3 })).not.toThrow();
    expect(firstFault(nested(4), { maxDepth: 3 })).toMatchObject({
      code: 'too_deep',
      position: 3,
      pointer: '/0/0/0',
    });
    expect(() => readJson(`[[${nested(64)}]]`, { maxDepth: 2, raw: [['0', '0']] })).not.toThrow();
  });

  it('outlives a million levels, inside raw members and outside', () => {
    const text = nested(1_000_000);
    expect(firstFault(text)?.code).toBe('too_deep');
    expect(firstFault(text, { raw: [[]] })?.code).toBe('too_deep');
    expect(firstFault(text.slice(0, -1), { raw: [[]] })).toMatchObject({
      code: 'invalid_json',
      position: text.length - 1,
    });
  });

  it('scans on behind faults that leave the rest readable', () => {
    const body = `[{"id":"a","id":"b"},{"id":"c","attributes":${nested(65)}},{"id":"d","n":1e999}]`;
    const { value, faults } = scanJson(body, { raw: [['*', 'attributes']] });
    expect(faults.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/0/id', 'duplicate_member'],
      ['/1/attributes', 'too_deep'],
      ['/2/n', 'number_out_of_range'],
    ]);
    expect(value).toMatchObject([{ id: 'b' }, { id: 'c' }, { id: 'd', n: null }]);
  });

  it('stops at a thousand faults, and repeats no endless name', () => {
    const twice = '{"a":1,"a":2},';
    const name = 'x'.repeat(100_000);
    const body = `{"${name}":[${twice.repeat(2_000)}1]}`;
    const { faults } = refusalOf(() => readJson(body));
    expect(faults.length).toBe(1_001);
    expect(faults[0]?.pointer?.length).toBeLessThan(300);
  });

  it('tells of each value at a depth so many faults, and reads on to the end', () => {
    const faulty = `{${Array.from({ length: 1_500 }, () => '"a":1').join(',')}}`;
    const text = `{"items":[${Array.from({ length: 100 }, () => faulty).join(',')},{"b":2}]}`;
    const faultsOfEach = { depth: 2, told: 3, values: 100 };
    const { value, faults } = scanJson(text, { faultsOfEach });
    expect(faults.map(({ pointer }) => pointer)).toEqual(
      Array.from({ length: 300 }, (_, n) => `/items/${Math.floor(n / 3)}/a`),
    );
    expect((value as { items: unknown[] }).items.at(-1)).toEqual({ b: 2 });
    expect(() =>
      scanJson(text, { faultsOfEach: { depth: 2, told: 3, values: 100 } }),
    ).not.toThrow();
    expect(() => scanJson(`${text.slice(0, -1)},`, { faultsOfEach })).toThrowError(
      expect.objectContaining({ reason: 'invalid_json' }),
    );
    const many = `[${Array.from({ length: 2_000 }, () => '[{"a":1,"a":1}]').join(',')}]`;
    expect(() => scanJson(many, { faultsOfEach: { depth: 1, told: 3, values: 1 } })).toThrowError(
      expect.objectContaining({ message: 'the text has too many faults' }),
    );
  });

  it('reads whatever JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom('', ' ', '\n\t'), (json, space) => {
        const text = space + JSON.stringify(JSON.parse(json), null, space) + space;
        const read = readJson(text, { raw: [['a', '*']] });
        expect(JSON.parse(printJson(read))).toEqual(JSON.parse(text));
        expect((readJson(text, { raw: [[]] }) as JsonText).text).toBe(text.trim());
        expect(canonicalJson(readJson(text))).toBe(canonicalJson(JSON.parse(text)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses exactly what JSON.parse refuses', () => {
    const piece = fc.constantFrom(...'{}[],:"\\ 0123-+.eE/u\n\tabtrufalsn\u00a0\u0000'.split(''));
    const cut = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.array(piece, { maxLength: 3 }),
    );
    const taken = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch (error) {
        expect(error instanceof SyntaxError || isServiceError(error, 'invalid')).toBe(true);
        return false;
      }
    };
    fc.assert(
      fc.property(cut, ([json, at, length, pieces]) => {
        const start = at % (json.length + 1);
        const text = json.slice(0, start) + pieces.join('') + json.slice(start + length);
        const expected = taken(() => JSON.parse(text));
        const options = { duplicates: 'last', exactNumbers: true } as const;
        expect(taken(() => readJson(text, options))).toBe(expected);
        expect(taken(() => readJson(text, { raw: [[]] }))).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });
});
