/** One operation on an output as its client saw it; times are places in one order of all events. */
export interface Operation {
  readonly key: string;
  readonly what: 'put' | 'read' | 'remove' | 'delete';
  readonly invoked: number;
  readonly returned: number;
  /** `ok`: acknowledged or found; `none`: there is nothing; `info`: nobody knows. */
  readonly outcome: 'ok' | 'none' | 'info';
  readonly version?: number;
  readonly text?: string;
}

/**
 * Checks the history of one key as that of a register: no version twice, versions grow in real time, a
 * reader sees what was acknowledged before it asked, and what is deleted stays so. Answers what is wrong.
 */
export function checkRegister(operations: readonly Operation[]): string[] {
  const wrong: string[] = [];
  const byVersion = new Map<number, string>();
  const deletes = operations.filter(({ what }) => what === 'delete');
  const deletedAt = Math.min(...deletes.map(({ invoked }) => invoked));
  for (const { version, text, outcome, what, returned } of operations) {
    if (version === undefined || text === undefined || outcome !== 'ok') continue;
    // A write that a delete overtakes may find its place empty again; nobody will see it.
    if (returned > deletedAt) continue;
    const other = byVersion.get(version);
    if (other !== undefined && other !== text) {
      wrong.push(`v${version} is ${other} and ${text} (${what})`);
    }
    byVersion.set(version, text);
  }
  const removals = operations.filter(({ what }) => what === 'remove' || what === 'delete');
  for (const later of operations) {
    if (later.what !== 'read' && later.what !== 'put') continue;
    for (const earlier of operations) {
      if (earlier.returned >= later.invoked || earlier.outcome !== 'ok') continue;
      if (earlier.what === 'delete' && later.outcome === 'ok') {
        wrong.push(`${later.what} v${later.version} of a deleted article`);
      }
      if (earlier.version === undefined) continue;
      if (later.outcome === 'ok' && later.version !== undefined) {
        const behind =
          later.what === 'put' ? later.version <= earlier.version : later.version < earlier.version;
        if (behind) wrong.push(`${later.what} v${later.version} after v${earlier.version}`);
      }
      if (later.what !== 'read') continue;
      // What a reader may miss was removed meanwhile; what it sees was not.
      if (later.outcome === 'none') {
        const removed = removals.some(
          (removal) => removal.returned > earlier.invoked && removal.invoked < later.returned,
        );
        if (!removed) wrong.push(`a read finds nothing after v${earlier.version}`);
      } else if (later.outcome === 'ok' && later.version === earlier.version) {
        const removed = removals.some(
          (removal) =>
            removal.outcome === 'ok' &&
            removal.invoked > earlier.returned &&
            removal.returned < later.invoked,
        );
        if (removed) wrong.push(`v${later.version} is read after it was removed`);
      }
    }
  }
  return wrong;
}
