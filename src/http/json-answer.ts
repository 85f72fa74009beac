import { printJsonParts } from '../domain/index.ts';
import { JSON_TYPE } from './body.ts';

/** For what only its own reader may keep, and only if it asks each time whether it still holds. */
export const REVALIDATE = 'private, no-cache';

/** A JSON answer; every `JsonText` in the value comes out as the text it is. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, joined(printJsonParts(value)), headers);
}

export function jsonText(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, joined([text]), headers);
}

function answer(
  status: number,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(streamOf(bytes), {
    status,
    headers: { 'content-type': JSON_TYPE, 'content-length': String(bytes.byteLength), ...headers },
  });
  const readStream = response.arrayBuffer.bind(response);
  // All of it is there: who takes it at once is spared the three copies that its way through a stream makes.
  const readWhole = async (): Promise<ArrayBuffer> => {
    if (response.bodyUsed || response.body?.locked) return readStream();
    // Not waited for: of a response that was cloned it settles only with the clone.
    response.body?.cancel().catch(() => undefined);
    return bytes.buffer;
  };
  return Object.defineProperty(response, 'arrayBuffer', { value: readWhole });
}

function streamOf(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      // A stream takes away the memory of what it is given.
      controller.enqueue(bytes.slice());
      controller.close();
    },
  });
}

/** The parts as one text in UTF-8, each written once to where it belongs. */
function joined(parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const part of parts) size += Buffer.byteLength(part);
  // Memory of its own, of just this size: it is handed on as a whole.
  const text = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      at += text.write(part, at);
    } else {
      text.set(part, at);
      at += part.byteLength;
    }
  }
  return text;
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}
