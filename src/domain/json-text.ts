/** A piece of JSON kept as the text it came as: digits of numbers, key order and escapes survive. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The parsed value, for code that looks inside; what is stored and sent stays the text. */
  parse(): unknown {
    return JSON.parse(this.text);
  }

  /** Called by `JSON.stringify`: alone, an object as any other. */
  toJSON?(): unknown {
    return splice(this);
  }
}

/**
 * A `JsonText` that came as UTF-8, and is decoded only for whoever looks at it: most of a large answer is
 * sent on as the bytes it was stored as.
 */
export class JsonUtf8 implements JsonText {
  readonly utf8: Uint8Array;

  /** `utf8` is well-formed, and changed by nobody. */
  constructor(utf8: Uint8Array) {
    this.utf8 = utf8;
  }

  get text(): string {
    return decoder.decode(this.utf8);
  }

  parse(): unknown {
    return JSON.parse(this.text);
  }

  toJSON?(): unknown {
    return splice(this);
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const EMPTY_OBJECT = new JsonText('{}');

/** A printing under way: what it has met and will splice in, and what stands for that in between. */
interface Printing {
  readonly met: (JsonText | JsonUtf8)[];
  readonly mark: string;
}

let printing: Printing | undefined;

function splice(value: JsonText | JsonUtf8): unknown {
  if (printing === undefined) return value;
  printing.met.push(value);
  return printing.mark;
}

/** The text around what is to be spliced in; the engine's own printer is several times as fast as any written here. */
function printAround(value: unknown, mark: string): Printing & { readonly around: string[] } {
  const outer = printing;
  const own = { met: [], mark };
  printing = own;
  try {
    return { ...own, around: JSON.stringify(value).split(`"${mark}"`) };
  } finally {
    printing = outer;
  }
}

const MARK = 'spliced';

/**
 * Prints a value as JSON and splices every `JsonText` in as it is, without parsing it again.
 * `undefined` members are left out, as `JSON.stringify` does.
 */
export function printJson(value: unknown): string {
  // Grown, not joined from lists: most of a large answer is a few long texts, which are copied once so.
  let text = '';
  for (const part of printJsonParts(value)) {
    text += typeof part === 'string' ? part : decoder.decode(part);
  }
  return text;
}

/** What `printJson` prints, in pieces: of a `JsonUtf8` the bytes. */
export function printJsonParts(value: unknown): readonly (string | Uint8Array)[] {
  let { met, around } = printAround(value, MARK);
  if (around.length !== met.length + 1) {
    // The value holds the mark itself: no run in it is as long as this one.
    const runs = around.join(MARK).match(/spliced-*/g) ?? [];
    const longest = runs.reduce((most, run) => Math.max(most, run.length), 0);
    ({ met, around } = printAround(value, MARK.padEnd(longest + 1, '-')));
  }
  const parts: (string | Uint8Array)[] = [];
  let text = around[0] as string;
  met.forEach((piece, index) => {
    if (piece instanceof JsonUtf8) {
      parts.push(text, piece.utf8);
      text = '';
    } else {
      text += piece.text;
    }
    text += around[index + 1];
  });
  parts.push(text);
  return parts;
}
