import { type InputFault, invalid, nearest } from '../domain/index.ts';

const OP = 'http.query';

/** The query string, read strictly: every name known, none twice, every escape whole. */
export class QueryParameters {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** `search` as in a URL, with or without its `?`. Errors: `invalid`, naming every parameter at fault. */
  static parse(search: string, known: readonly string[]): QueryParameters {
    const values = new Map<string, string>();
    const faults: InputFault[] = [];
    for (const pair of search.replace(/^\?/, '').split('&')) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const name = decode(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? '' : decode(pair.slice(at + 1));
      const fault = judge(name, value, known, values);
      if (fault) faults.push(fault);
      else values.set(name as string, value as string);
    }
    if (faults[0]) throw invalid(OP, faults[0].detail, faults);
    return new QueryParameters(values);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value; an empty one counts as not given. */
  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** A whole number from `min` on. */
  integer(
    name: string,
    range: { readonly min: number; readonly max?: number },
  ): number | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    const fault = integerFault(number, range);
    if (fault) throw refuse({ parameter: name, ...fault });
    return number;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw refuse({ parameter: name, ...choiceFault(value, values) });
  }

  flag(name: string): boolean {
    return this.oneOf(name, ['true', 'false']) === 'true';
  }
}

/** Why a number is none of the whole numbers of a range; undefined where it is. */
export function integerFault(
  number: number,
  { min, max = Number.POSITIVE_INFINITY }: { readonly min: number; readonly max?: number },
): { readonly code: string; readonly detail: string } | undefined {
  const range = max === Number.POSITIVE_INFINITY ? `of ${min} or more` : `from ${min} to ${max}`;
  const detail = `must be a whole number ${range}`;
  if (!Number.isInteger(number)) return { code: 'wrong_type', detail };
  return number < min || number > max ? { code: 'out_of_range', detail } : undefined;
}

/** Why a word is none of those that can be chosen from. */
export function choiceFault(
  value: string,
  values: readonly string[],
): { readonly code: string; readonly detail: string; readonly suggestion?: string } {
  const suggestion = nearest(value, values);
  return {
    code: 'unknown_value',
    detail: `must be one of ${values.join(', ')}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The error of one bad parameter. */
export function refuse(fault: InputFault & { readonly parameter: string }): Error {
  return invalid(OP, `${fault.parameter} ${fault.detail}`, [fault]);
}

function judge(
  name: string | undefined,
  value: string | undefined,
  known: readonly string[],
  values: ReadonlyMap<string, string>,
): InputFault | undefined {
  if (name === undefined) {
    return { code: 'malformed_escape', detail: 'The name of a parameter has a broken escape.' };
  }
  const parameter = name.slice(0, 256);
  if (!known.includes(name)) {
    const suggestion = nearest(name, known);
    return {
      parameter,
      code: 'unknown_parameter',
      detail:
        known.length === 0
          ? 'There are no parameters here.'
          : `There is no parameter "${parameter}" here.`,
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  }
  if (value === undefined) {
    const detail = `${name} has a percent escape that is broken or no UTF-8.`;
    return { parameter, code: 'malformed_escape', detail };
  }
  if (values.has(name)) {
    return { parameter, code: 'duplicate_parameter', detail: `${name} is given twice.` };
  }
  return undefined;
}

/** As forms are encoded: `+` is a space. Undefined where an escape is broken or the bytes are no UTF-8. */
function decode(text: string): string | undefined {
  if (!/[+%]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
