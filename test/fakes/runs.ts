import type { Run, RunStore } from '../../src/domain/index.ts';

interface KeptRun {
  state: Run['state'];
  reverted: number;
  /** Key of the last output handed out and done. */
  after: string;
  moved: number;
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

  return {
    getRun: async (_, runId) => tell(runId),

    async startRevert(_, runId) {
      const run = kept.get(runId);
      const mayStart =
        run?.state === 'active' || (run?.state === 'reverted' && outputsOf(runId).length > 0);
      if (run && mayStart) Object.assign(run, { state: 'reverting', after: '', moved: 0 });
      return tell(runId);
    },

    async nextRevert(_, { limit, done }) {
      const worked = done && kept.get(done.runId);
      const { key } = (done?.cursor ?? { key: '' }) as { key: string };
      if (done && worked?.state === 'reverting' && key > worked.after) {
        worked.after = key;
        worked.moved += done.moved;
      }
      const [runId, run] = [...kept].find(([, { state }]) => state === 'reverting') ?? [];
      if (runId === undefined || run === undefined) return undefined;
      if (due(runId, run.after).length === 0 && run.moved > 0) {
        Object.assign(run, { after: '', moved: 0 });
      }
      const page = due(runId, run.after).slice(0, limit);
      return {
        runId,
        outputs: page.map(({ articleId, kind }) => ({ articleId, kind })),
        cursor: { key: page.at(-1)?.key ?? '' },
      };
    },

    async endRevert(_, runId, end) {
      const run = kept.get(runId);
      if (run?.state !== 'reverting') return;
      Object.assign(run, { after: '', moved: 0, ...(end === 'reverted' ? { state: end } : {}) });
    },

    note(runId) {
      if (!kept.has(runId)) kept.set(runId, { state: 'active', reverted: 0, after: '', moved: 0 });
    },

    takenBack(runId) {
      const run = kept.get(runId);
      if (run) run.reverted += 1;
    },
  };
}
