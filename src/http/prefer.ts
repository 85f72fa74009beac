import { MAX_WAIT_SECONDS } from './limits.ts';

/** What a caller would rather have (RFC 7240); the rest of the header is ignored, as it must be. */
export interface Preferences {
  /** `handling=strict`: no partial answer. */
  readonly strict: boolean;
  /** `wait=N`, at most 25; absent when not given. */
  readonly waitSeconds?: number;
  /** Value of `Preference-Applied`; absent when there is nothing to tell. */
  readonly applied?: string;
}

const NONE: Preferences = { strict: false };

/** Reads `Prefer`. Of a preference given twice the first counts (RFC 7240 §2). */
export function parsePrefer(header: string | null): Preferences {
  if (header === null) return NONE;
  const given = new Map<string, string>();
  for (const element of header.split(',')) {
    const [preference = ''] = element.split(';');
    const at = preference.indexOf('=');
    const name = (at < 0 ? preference : preference.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? '' : unquote(preference.slice(at + 1).trim());
    if (!given.has(name)) given.set(name, value);
  }
  const handling = given.get('handling')?.toLowerCase();
  const wait = given.get('wait');
  const waitSeconds =
    wait !== undefined && /^\d+$/.test(wait) ? Math.min(Number(wait), MAX_WAIT_SECONDS) : undefined;
  const applied = [
    ...(handling === 'strict' || handling === 'lenient' ? [`handling=${handling}`] : []),
    ...(waitSeconds === undefined ? [] : [`wait=${waitSeconds}`]),
  ];
  return {
    strict: handling === 'strict',
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    ...(applied.length === 0 ? {} : { applied: applied.join(', ') }),
  };
}

function unquote(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
