import type { Field, FieldRegistry, Filter } from './filter-ast.ts';
import { checkFilter } from './filter-check.ts';
import { parseWritten } from './filter-parser.ts';
import { applyEdits, refusal, type TextSource, WrittenFault, withFaults } from './filter-syntax.ts';

/** A filter with more slips than this gets no corrected text. */
const MAX_CORRECTIONS = 32;

/**
 * Reads a filter text; undefined for a blank one, which asks for everything. Errors: `invalid` with one
 * fault: its position, a code, and where the correction is plain the whole corrected filter, or for an
 * unknown name the nearest one.
 */
export function parseFilter(
  text: string,
  registry: FieldRegistry,
  source: TextSource = { parameter: 'filter' },
): Filter | undefined {
  return withFaults(
    () => readFilter(text, registry),
    (fault) => refusal('filter.parse', fault, source, corrected(text, fault, registry)),
  );
}

function readFilter(text: string, registry: FieldRegistry): Filter | undefined {
  const written = parseWritten(text);
  return written && checkFilter(written, registry);
}

/** The nearest name, or the filter with every slip put right, if it then is one to send. */
function corrected(text: string, first: WrittenFault, registry: FieldRegistry): string | undefined {
  if (first.remedy.name !== undefined) return first.remedy.name;
  let fault = first;
  let better = text;
  for (let round = 0; round < MAX_CORRECTIONS; round++) {
    const { edits = [] } = fault.remedy;
    if (edits.length === 0) return undefined;
    better = applyEdits(better, edits);
    try {
      return readFilter(better, registry) && better;
    } catch (error) {
      if (!(error instanceof WrittenFault)) throw error;
      fault = error;
    }
  }
  return undefined;
}

/** Every field that a filter asks about, in reading order, repeats included; `topics.any(…)` counts as `topics`. */
export function fieldsOf(filter: Filter): readonly Field[] {
  switch (filter.type) {
    case 'and':
    case 'or':
      return filter.terms.flatMap((term) => fieldsOf(term));
    case 'not':
      return fieldsOf(filter.term);
    case 'present':
    case 'compare':
    case 'in':
      return [filter.field];
    case 'any':
      return [{ kind: 'list', name: 'topics' }, ...fieldsOf(filter.where)];
    case 'text':
      return [];
  }
}

/** Whether a filter searches the full text, so that results have a relevance. */
export function usesText(filter: Filter): boolean {
  switch (filter.type) {
    case 'and':
    case 'or':
      return filter.terms.some((term) => usesText(term));
    case 'not':
      return usesText(filter.term);
    default:
      return filter.type === 'text';
  }
}
