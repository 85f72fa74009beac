/** Longer names are compared with nothing: the work grows with the product of the lengths. */
const MAX_NAME_LENGTH = 256;

/**
 * The candidate that a misspelt name most likely means, or undefined when none is near: at most half of
 * the longer name changed, or the name a beginning of three letters or more. Case, `_` and `-` count
 * little, so that `published_at` finds `publishedAt`. Of equally near ones the first.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name === '' || name.length > MAX_NAME_LENGTH) return undefined;
  const wanted = plain(name);
  let best: string | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const offered = plain(candidate);
    if (offered.length > MAX_NAME_LENGTH) continue;
    const distance = editDistance(wanted, offered);
    const begins = wanted.length >= 3 && offered.startsWith(wanted);
    if (!begins && distance > Math.floor(Math.max(wanted.length, offered.length) / 2)) continue;
    // A beginning costs as much as a slip or two; the spelling as given settles what is left.
    const cost = (begins ? Math.min(distance, 2) : distance) + (candidate === name ? 0 : 0.5);
    if (cost < bestCost) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
