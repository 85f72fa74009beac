import type { Run, RunStore, Timestamp } from '../../src/domain/index.ts';

interface KeptRun {
  state: Run['state'];
  reverted: number;
  /** Key of the last output handed out and done. */
  after: string;
  moved: number;
  walk: number;
  isLast: boolean;
  awaitedAt: Timestamp;
}

export interface FakeRuns extends RunStore {
  /** An output of this run was entered. */
  note(runId: string): void;
  /** A version that takes an output of this run back was entered. */
  takenBack(runId: string): void;
}

/** Runs kept in memory: the same promises as the real ones, in the plainest way. `outputsOf` are live latest outputs. */
export function createFakeRuns(
  outputsOf: (runId: string) => readonly { readonly articleId: string; readonly kind: string }[],
  now: () => Timestamp,
): FakeRuns {
  const kept = new Map<string, KeptRun>();

  const due = (runId: string, after: string) =>
    outputsOf(runId)
      .map((of) => ({ ...of, key: `${of.articleId}#${of.kind}` }))
      .filter(({ key }) => key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1));

  const tell = (runId: string): Run | undefined => {
    const run = kept.get(runId);
    if (!run) return undefined;
    const { state, reverted } = run;
    return { runId, state, reverted, outputs: reverted + outputsOf(runId).length };
  };

  const walkAgain = (run: KeptRun): void => {
    Object.assign(run, { after: '', moved: 0, walk: run.walk + 1 });
  };

  return {
    getRun: async (_, runId) => tell(runId),

    async startRevert(_, runId, { isAllIn }) {
      const run = kept.get(runId);
      const mayStart =
        run?.state === 'active' || (run?.state === 'reverted' && outputsOf(runId).length > 0);
      if (run && mayStart) {
        walkAgain(run);
        Object.assign(run, { state: 'reverting', isLast: isAllIn, awaitedAt: now() });
      }
      return tell(runId);
    },

    async nextRevert(_, { limit, done }) {
      const worked = done && kept.get(done.runId);
      const { key, walk } = (done?.cursor ?? {}) as { key: string; walk: number };
      if (done && worked?.state === 'reverting') {
        worked.moved += done.moved;
        if (done.moved > 0) {
          Object.assign(worked, { isLast: false, awaitedAt: laterThan(worked.awaitedAt, now()) });
        }
        if (walk === worked.walk && key > worked.after) worked.after = key;
      }
      const [runId, run] = [...kept].find(([, { state }]) => state === 'reverting') ?? [];
      if (runId === undefined || run === undefined) return undefined;
      if (due(runId, run.after).length === 0 && run.moved > 0) {
        walkAgain(run);
      }
      const page = due(runId, run.after).slice(0, limit);
      return {
        runId,
        outputs: page.map(({ articleId, kind }) => ({ articleId, kind })),
        awaitedAt: run.awaitedAt,
        isLast: run.isLast,
        cursor: { key: page.at(-1)?.key ?? '', walk: run.walk },
      };
    },

    async endRevert(_, { runId, awaitedAt }, end) {
      const run = kept.get(runId);
      if (run?.state !== 'reverting') return;
      walkAgain(run);
      const late = run.awaitedAt !== awaitedAt;
      run.isLast = end === 'last_walk' && !late;
      if (end === 'reverted' && !late) run.state = end;
    },

    note(runId) {
      if (kept.has(runId)) return;
      const counts = { reverted: 0, after: '', moved: 0, walk: 0 };
      kept.set(runId, { ...counts, state: 'active', isLast: false, awaitedAt: now() });
    },

    takenBack(runId) {
      const run = kept.get(runId);
      if (run) run.reverted += 1;
    },
  };
}

/** The time now, or the next microsecond where the clock has not moved. */
function laterThan(before: Timestamp, now: Timestamp): Timestamp {
  if (now > before) return now;
  const micros = String(Number(before.slice(20, 26)) + 1).padStart(6, '0');
  return `${before.slice(0, 20)}${micros}Z` as Timestamp;
}
