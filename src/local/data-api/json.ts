/** An integer that a double cannot hold, kept as its digits. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A `longValue` of so many digits may lie past 2^53. */
const LONG = /("longValue"\s*:\s*)(-?\d{16,})(?=\s*[,}])/g;

/**
 * Parses JSON; a `longValue` that a double cannot hold comes as an `ExactNumber`.
 * Errors: `SyntaxError`.
 */
export function parseExact(text: string): unknown {
  // Inside a JSON string the quotes of "longValue" would be escaped, and do not match.
  const careful = text.replace(LONG, '$1{"digits":"$2"}');
  if (careful === text) return JSON.parse(text);
  return JSON.parse(careful, (key, member: unknown) => {
    const digits = (member as { digits?: unknown } | null)?.digits;
    return key === 'longValue' && typeof digits === 'string' ? new ExactNumber(digits) : member;
  });
}
