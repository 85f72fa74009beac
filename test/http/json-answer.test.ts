import { describe, expect, it } from 'vitest';
import { JsonText, JsonUtf8 } from '../../src/domain/index.ts';
import { json, jsonText } from '../../src/http/json-answer.ts';

const VALUE = {
  name: 'né 😀',
  text: new JsonText('{"a":1.0}'),
  bytes: new JsonUtf8(new TextEncoder().encode('"é"')),
};
const TEXT = '{"name":"né 😀","text":{"a":1.0},"bytes":"é"}';

describe('a JSON answer', () => {
  it('is the same bytes however it is read', async () => {
    const answer = (): Response => json(200, VALUE, { etag: '"1"' });
    expect(await answer().text()).toBe(TEXT);
    expect(Buffer.from(await answer().arrayBuffer()).toString()).toBe(TEXT);
    expect(await answer().clone().text()).toBe(TEXT);
    expect(await answer().json()).toEqual(JSON.parse(TEXT));
    const parts: Uint8Array[] = [];
    for await (const part of answer().body ?? []) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe(TEXT);
    expect(Object.fromEntries(answer().headers)).toEqual({
      'content-length': String(Buffer.byteLength(TEXT)),
      'content-type': 'application/json',
      etag: '"1"',
    });
  });

  it('can be read once', async () => {
    const answer = jsonText(200, TEXT);
    const copy = answer.clone();
    await answer.arrayBuffer();
    expect(answer.bodyUsed).toBe(true);
    await expect(answer.arrayBuffer()).rejects.toThrow(TypeError);
    await expect(answer.text()).rejects.toThrow(TypeError);
    expect(await copy.text()).toBe(TEXT);
    const locked = jsonText(200, TEXT);
    locked.body?.getReader();
    await expect(locked.arrayBuffer()).rejects.toThrow(TypeError);
  });
});
