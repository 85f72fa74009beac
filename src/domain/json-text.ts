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
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof JsonText) return value.text;
  // Grown, not joined from lists: most of a large answer is a few long texts, which are copied once so.
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) {
      if (text.length > 1) text += ',';
      text += item === undefined ? 'null' : printJson(item);
    }
    return `${text}]`;
  }
  let text = '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(name)}:${printJson(member)}`;
  }
  return `${text}}`;
}
