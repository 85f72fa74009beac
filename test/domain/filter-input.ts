import { isDeepStrictEqual } from 'node:util';
import {
  type FieldRegistry,
  isServiceError,
  parseFilter,
  printFilter,
} from '../../src/domain/index.ts';

/**
 * Parses any text whatever: what comes must be a filter that prints and reads back as the same, or one
 * `invalid` error that points into the text and whose correction, where there is one, is taken. Throws
 * otherwise.
 */
export function checkInput(text: string, registry: FieldRegistry): 'taken' | 'refused' {
  try {
    const filter = parseFilter(text, registry);
    if (!filter) {
      if (text.trim() !== '') throw new Error(`was read as nothing: ${JSON.stringify(text)}`);
      return 'taken';
    }
    const again = parseFilter(printFilter(filter), registry);
    if (isDeepStrictEqual(again, filter)) return 'taken';
    throw new Error(`reads back as another filter: ${JSON.stringify(text)}`);
  } catch (error) {
    if (!isServiceError(error, 'invalid')) throw error;
    const [{ position = -1, suggestion, code = '' } = {}, ...more] = error.faults;
    const points = position >= 0 && position <= text.length && more.length === 0;
    if (!points) throw new Error(`does not point into ${JSON.stringify(text)}`, { cause: error });
    if (suggestion !== undefined && !code.startsWith('unknown_')) parseFilter(suggestion, registry);
    return 'refused';
  }
}
