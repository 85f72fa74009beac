import { type Include, type InputFault, invalid, isName, NAME_RULE } from '../domain/index.ts';
import { MAX_KINDS } from './limits.ts';
import type { TokenPlace } from './page-token.ts';

const OP = 'http.include';

/** Reads `include`: names of kinds with commas between them or as a list, or `*` for all. Errors: `invalid`. */
export function readInclude(
  given: string | readonly string[] | undefined,
  place: TokenPlace = { parameter: 'include' },
): Include {
  const names = readNames(given, place, ['*']);
  if (names.length === 0) return 'none';
  return names.includes('*') ? 'all' : names;
}

/** Reads a list of names, each told once; empty when nothing is given. `also` are words taken beside names. Errors: `invalid`. */
export function readNames(
  given: string | readonly string[] | undefined,
  place: TokenPlace,
  also: readonly string[] = [],
): readonly string[] {
  const written = typeof given === 'string' ? split(given) : (given ?? []);
  written.forEach((name, index) => {
    if (isName(name) || also.includes(name)) return;
    const words = also.map((word) => `${word} or `).join('');
    const detail = `must hold ${words}names of ${NAME_RULE}; ${JSON.stringify(name.slice(0, 128))} is none`;
    const at = typeof given !== 'string' && 'pointer' in place ? `${place.pointer}/${index}` : '';
    throw refuse({ ...place, ...(at ? { pointer: at } : {}), code: 'malformed', detail });
  });
  const names = [...new Set(written)];
  if (names.length > MAX_KINDS) {
    throw refuse({ ...place, code: 'too_many', detail: `may hold ${MAX_KINDS} names` });
  }
  return names;
}

function split(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(',').map((name) => name.trim());
}

function refuse(fault: InputFault): Error {
  return invalid(OP, `${fault.parameter ?? fault.pointer} ${fault.detail}.`, [fault]);
}
