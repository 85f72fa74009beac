import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { AiOutputStore, Context, Observation } from '../../src/domain/index.ts';
import { aContext } from '../support/clock.ts';
import { articleCopyFacts } from './ai-output-store/article-copies.ts';
import { bodyFacts } from './ai-output-store/bodies.ts';
import { deadlineFacts } from './ai-output-store/deadlines.ts';
import { idempotencyFacts } from './ai-output-store/idempotency.ts';
import { intentFacts } from './ai-output-store/intents.ts';
import { keepingFacts } from './ai-output-store/keeping.ts';
import { outputFacts } from './ai-output-store/outputs.ts';
import { pageCopyFacts } from './ai-output-store/page-copies.ts';
import { textFacts } from './ai-output-store/texts.ts';
import { versionFacts } from './ai-output-store/versions.ts';

/** An empty store, and its clock in the hands of the test. */
export interface Subject {
  readonly store: AiOutputStore;
  readonly clock: { now(): number; advance(ms: number): void };
}

/** The subject of the test that runs. */
export interface Hold extends Subject {
  /** A context on the subject's clock. */
  ctx(overrides?: Partial<Context>): Context & { readonly observed: Observation[] };
}

/** What every `AiOutputStore` keeps. `start` is called once, `subject` before each test. */
export function aiOutputStoreContract(
  name: string,
  start: () => Promise<{ subject(): Promise<Subject>; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let source: Awaited<ReturnType<typeof start>>;
    const hold = {} as { -readonly [K in keyof Hold]: Hold[K] };
    beforeAll(async () => {
      source = await start();
    });
    afterAll(() => source.close());
    beforeEach(async () => {
      const { store, clock } = await source.subject();
      hold.store = store;
      hold.clock = clock;
      const now = (): number => clock.now();
      hold.ctx = (overrides) => aContext({ now, sleep: async () => undefined }, overrides);
    });

    articleCopyFacts(hold);
    outputFacts(hold);
    textFacts(hold);
    versionFacts(hold);
    bodyFacts(hold);
    intentFacts(hold);
    idempotencyFacts(hold);
    pageCopyFacts(hold);
    keepingFacts(hold);
    deadlineFacts(hold);
  });
}
