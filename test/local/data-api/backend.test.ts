import { describe, expect, it } from 'vitest';
import { type Answer, BackendReader } from '../../../src/local/data-api/backend.ts';
import { ResultSink } from '../../../src/local/data-api/engine.ts';

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const cell = (text: string | null): Buffer =>
  text === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);
const column = (name: string, table: number, number: number, oid: number, modifier: number) =>
  Buffer.concat([
    Buffer.from(`${name}\0`),
    int32(table),
    int16(number),
    int32(oid),
    int16(-1),
    int32(modifier),
    int16(0),
  ]);

const TALK = Buffer.concat([
  message('1'),
  message('2'),
  message('T', int16(2), column('häuser', 16_384, 2, 1_700, 655_366), column('', 0, 0, 25, -1)),
  message('N', 'SNOTICE\0Mpassed over\0\0'),
  message('D', int16(2), cell('žluť 😀'), cell(null)),
  message('D', int16(2), cell(''), cell('x'.repeat(300))),
  message('C', 'SELECT 2\0'),
  message('Z', 'T'),
  message('E', 'SERROR\0VERROR\0C42703\0Mkein Feld „a“\0P8\0Hhint\0Ddetail\0\0'),
  message('Z', 'E'),
  message('I'),
  message('Z', 'I'),
]);

/** What a reader makes of the talk when it comes in pieces of so many bytes. */
function read(piece: number): { statuses: string[]; answers: Answer[] } {
  const statuses: string[] = [];
  const answers: Answer[] = [{ sink: new ResultSink(), error: undefined }];
  const reader = new BackendReader(
    () => answers.at(-1) as Answer,
    (status) => {
      statuses.push(status);
      answers.push({ sink: new ResultSink(), error: undefined });
    },
  );
  for (let at = 0; at < TALK.length; at += piece) reader.take(TALK.subarray(at, at + piece));
  return { statuses, answers };
}

describe('a reader of PostgreSQL’s messages', () => {
  it('reads columns, cells, errors and the state of the transaction', () => {
    const { statuses, answers } = read(TALK.length);
    expect(statuses).toEqual(['T', 'E', 'I']);
    const [selected, failed, empty] = answers;
    expect(selected?.sink.columns).toEqual([
      { name: 'häuser', tableOid: 16_384, columnNumber: 2, oid: 1_700, typeModifier: 655_366 },
      { name: '', tableOid: 0, columnNumber: 0, oid: 25, typeModifier: -1 },
    ]);
    expect(selected?.sink.rows).toEqual([
      ['žluť 😀', null],
      ['', 'x'.repeat(300)],
    ]);
    expect(selected?.sink).toMatchObject({ command: 'SELECT', affected: 2 });
    expect(failed?.error).toMatchObject({
      message: 'kein Feld „a“',
      severity: 'ERROR',
      code: '42703',
      position: '8',
      hint: 'hint',
      detail: 'detail',
    });
    expect(empty?.sink.command).toBe('');
  });

  it('reads the same however the bytes are cut', () => {
    const whole = JSON.stringify(read(TALK.length));
    for (let piece = 1; piece < TALK.length; piece++) {
      expect(JSON.stringify(read(piece))).toBe(whole);
    }
  });

  it('does not wait for rows to copy', () => {
    const answer: Answer = { sink: new ResultSink(), error: undefined };
    const reader = new BackendReader(
      () => answer,
      () => undefined,
    );
    expect(() => reader.take(message('G', '\0\0\0'))).toThrow('rows to copy');
  });
});
