/** One line of an NDJSON file, or why it cannot be used. Numbers count from 1, empty lines included. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly fault: string };

/**
 * Splits a byte stream into lines, without holding more than one of them: blank lines and a byte order
 * mark are left out, text comes without surrounding white space. A line longer than `maxBytes`, or one
 * that is not UTF-8, is a fault of that line alone.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let tooLong = false;
  let number = 0;

  const endLine = (): Line | undefined => {
    number += 1;
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    const wasTooLong = tooLong;
    parts = [];
    partBytes = 0;
    tooLong = false;
    if (wasTooLong) return { number, fault: `longer than ${maxBytes} bytes` };
    return decode(number, bytes);
  };
  const add = (part: Uint8Array): void => {
    partBytes += part.length;
    if (partBytes > maxBytes) {
      tooLong = true;
      parts = [];
    }
    if (!tooLong && part.length > 0) parts.push(part);
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, to));
      from = to + 1;
      const line = endLine();
      if (line !== undefined) yield line;
    }
    add(chunk.subarray(from));
  }
  if (partBytes > 0) {
    const line = endLine();
    if (line !== undefined) yield line;
  }
}

const NEWLINE = 0x0a;

function decode(number: number, bytes: Uint8Array): Line | undefined {
  let text: string;
  try {
    // A decoder takes a byte order mark away by itself.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return { number, fault: 'not UTF-8' };
  }
  return text === '' ? undefined : { number, text };
}
