import { describe, expect, it } from 'vitest';
import { type Line, readLines } from '../../src/cli/ndjson.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(lines: AsyncIterable<Line>): Promise<Line[]> {
  const all: Line[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

async function linesOf(text: string | Uint8Array, size = 7, maxBytes = 1_000): Promise<Line[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return collect(readLines(chunked(bytes, size), maxBytes));
}

describe('NDJSON reader', () => {
  it('gives each line with its number, whatever the chunks cut through', async () => {
    const text = '{"a":"größe 🌉"}\n{"b":2}\r\n\n   \n{"c":3}';
    for (const size of [1, 2, 3, 5, 1_000]) {
      expect(await linesOf(text, size)).toEqual([
        { number: 1, text: '{"a":"größe 🌉"}' },
        { number: 2, text: '{"b":2}' },
        { number: 5, text: '{"c":3}' },
      ]);
    }
  });

  it('passes over a byte order mark', async () => {
    expect(await linesOf('\uFEFF{"a":1}\n')).toEqual([{ number: 1, text: '{"a":1}' }]);
  });

  it('faults a line that is too long and goes on with the next', async () => {
    expect(await linesOf(`${'x'.repeat(60)}\n{"a":1}\n`, 7, 50)).toEqual([
      { number: 1, fault: 'longer than 50 bytes' },
      { number: 2, text: '{"a":1}' },
    ]);
  });

  it('faults a line that is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n1'),
    ]);
    expect(await linesOf(bytes)).toEqual([
      { number: 1, fault: 'not UTF-8' },
      { number: 2, text: '1' },
    ]);
  });
});
