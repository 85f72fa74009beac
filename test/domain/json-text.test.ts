import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { JsonText, JsonUtf8, printJson, printJsonParts } from '../../src/domain/index.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('printJson', () => {
  it('splices texts in as they are, wherever they stand', () => {
    const raw = new JsonText('{"n":1.50, "n":2}');
    const value = {
      a: raw,
      b: [raw, undefined, null],
      c: undefined,
      'd"': new JsonUtf8(utf8('"né"')),
    };
    expect(printJson(value)).toBe(`{"a":${raw.text},"b":[${raw.text},null,null],"d\\"":"né"}`);
    expect(printJson(raw)).toBe(raw.text);
    expect(printJson('text')).toBe('"text"');
  });

  it('prints what happens to be its own mark, as values, names and amid texts', () => {
    const raw = new JsonText('[1]');
    for (const word of ['spliced', 'spliced-', '"spliced"', 'spliced----', 'spliced\\']) {
      const value = { [word]: word, raw, list: [word, raw, word] };
      const text = JSON.stringify(word);
      expect(printJson(value)).toBe(`{${text}:${text},"raw":[1],"list":[${text},[1],${text}]}`);
    }
  });

  it('leaves JSON.stringify as it was for such values', () => {
    expect(JSON.stringify({ a: new JsonText('1') })).toBe('{"a":{"text":"1"}}');
  });

  it('gives the bytes of a text in UTF-8 as they came', () => {
    const bytes = utf8('"\ufeffé😀"');
    const parts = printJsonParts({ a: 'é', b: new JsonUtf8(bytes), c: new JsonText('3') });
    expect(parts).toEqual(['{"a":"é","b":', bytes, ',"c":3}']);
    expect(parts[1]).toBe(bytes);
    expect(new JsonUtf8(bytes).text).toBe('"\ufeffé😀"');
    expect(new JsonUtf8(utf8('{"a":1}')).parse()).toEqual({ a: 1 });
  });

  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('spliced', 'spliced-', '"spliced"'),
  );
  test.prop([fc.array(fc.tuple(fc.boolean(), fc.boolean(), leaf), { maxLength: 8 })])(
    'prints any mixture as if all of it had been parsed',
    (pieces) => {
      const mixed = pieces.map(([isText, isUtf8, value]) => {
        const text = JSON.stringify(value);
        if (isText) return { value: new JsonText(text) };
        return isUtf8 ? { value: new JsonUtf8(utf8(text)) } : { value };
      });
      const plain = pieces.map(([, , value]) => ({ value }));
      expect(printJson(mixed)).toBe(JSON.stringify(plain));
    },
  );
});
