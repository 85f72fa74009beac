/** Variables as a process gets them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Some variables are missing or bad; `message` names all of them, one clause each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Bad configuration: ${faults.join('; ')}.`);
    this.faults = faults;
  }
}

/**
 * Reads variables and remembers what was wrong with them, so that one message can tell it all. An empty
 * value counts as absent. Where a value is bad the method answers with a placeholder of the right type;
 * `finish` throws before anybody uses it.
 */
export class EnvReader {
  readonly #env: Env;
  readonly #faults: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  optional(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }

  required(name: string, what: string): string {
    const value = this.optional(name);
    if (value === undefined) this.fault(`${name} is missing (${what})`);
    return value ?? '';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.optional(name) ?? fallback;
    const known = allowed.find((candidate) => candidate === value);
    if (known === undefined) {
      this.fault(`${name} is "${value}", must be one of ${allowed.join(', ')}`);
    }
    return known ?? fallback;
  }

  wholeNumber(name: string, fallback: number, min: number, max: number): number {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.fault(`${name} is "${value}", must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  /** A number of seconds, fractions allowed. */
  seconds(name: string, fallback: number): number {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    if (/^\d{1,7}(\.\d{1,3})?$/.test(value)) return Number(value);
    this.fault(`${name} is "${value}", must be a number of seconds`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['0', '1'], fallback ? '1' : '0') === '1';
  }

  /** Milliseconds of a duration such as `90s`, `15m`, `2h`, `1d`; `never` is infinity. */
  durationMs(name: string, fallback: string): number {
    const value = this.optional(name) ?? fallback;
    if (value === 'never') return Number.POSITIVE_INFINITY;
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
    if (count !== undefined && unit !== undefined) return Number(count) * (UNIT_MS[unit] ?? 0);
    this.fault(`${name} is "${value}", must be a duration such as 90s, 15m, 2h, 1d, or never`);
    return 0;
  }

  /** An address that can be trusted: https, or http on this machine. */
  safeUrl(name: string, value: string): string {
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(parsed?.hostname ?? '');
    if (parsed?.protocol !== 'https:' && !(parsed?.protocol === 'http:' && isLoopback)) {
      this.fault(`${name} is "${value}", must be an https address (http on this machine alone)`);
    }
    return value;
  }

  /** Remembers a fault; one told before is not told twice. */
  fault(text: string): void {
    if (!this.#faults.includes(text)) this.#faults.push(text);
  }

  /** Throws when anything was missing or bad. Errors: `ConfigError`. */
  finish(): void {
    if (this.#faults.length > 0) throw new ConfigError(this.#faults);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
