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
}

export const EMPTY_OBJECT = new JsonText('{}');

/**
 * Prints a value as JSON and splices every `JsonText` in as it is, without parsing it again.
 * `undefined` members are left out, as `JSON.stringify` does.
 */
export function printJson(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) {
    return `[${value.map((item) => printJson(item === undefined ? null : item)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const members: string[] = [];
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) members.push(`${JSON.stringify(name)}:${printJson(member)}`);
    }
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
