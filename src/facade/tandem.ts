import type {
  AiOutputStore,
  ArticleStore,
  AuroraState,
  Clock,
  Context,
  Random,
} from '../domain/index.ts';
import { createArticleReads } from './article-reads.ts';
import { createArticleWrites } from './article-writes.ts';
import { createBackfill } from './backfill.ts';
import { createEnterOutputs, createSetAsideKnown } from './enter-outputs.ts';
import { createExport } from './export.ts';
import { createIdempotency } from './idempotency.ts';
import { createKindSource, createKinds } from './kinds.ts';
import { createMaintenance } from './maintenance.ts';
import { createOutputReads } from './output-reads.ts';
import { createTakeBack } from './output-revert.ts';
import { createOutputWrites } from './output-writes.ts';
import { createPageCopies } from './page-copies.ts';
import { createPresenceCheck } from './presence.ts';
import { createProjections } from './projections.ts';
import { createReconciler } from './reconcile.ts';
import { createDailyReconcile } from './reconcile-daily.ts';
import { createRegistrySource } from './registry-source.ts';
import { createRelations } from './relations.ts';
import { createRetention } from './retention.ts';
import { createRuns } from './runs.ts';
import type { Tandem } from './service.ts';
import { createSweep } from './sweep.ts';
import { createVocabulary } from './vocabulary.ts';

export interface TandemParts {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly random: Random;
  /** What this process knows of Aurora, without asking it. */
  readonly auroraState: () => AuroraState;
  /** Whether Aurora can be called without waking it, where this process does not know. In doubt it cannot. */
  readonly isSurelyAwake: (ctx: Context) => Promise<boolean>;
}

/** Puts the facade together over two stores. Makes no call by itself. */
export function createTandem(parts: TandemParts): Tandem {
  const presence = createPresenceCheck(parts);
  const kinds = createKindSource(parts.outputs, parts.clock);
  const retention = createRetention({ ...parts, kinds });
  const registry = createRegistrySource(parts);
  const pages = createPageCopies({ ...parts, registry });
  const enterOutputs = createEnterOutputs({ ...parts, registry });
  const reconciler = createReconciler({ ...parts, registry, enterOutputs });
  const reads = createOutputReads({ ...parts, presence, retention });
  const maintenance = createMaintenance({ ...parts, enterOutputs });
  const takeBack = createTakeBack({ ...parts, retention });
  const { runs, tendRuns } = createRuns({ ...parts, takeBack, drain: maintenance.drain });
  return {
    articles: {
      ...createArticleReads({ ...parts, pages }),
      ...createArticleWrites(parts),
      ...createExport(parts),
    },
    outputs: {
      ...reads,
      ...createOutputWrites({ ...parts, presence, retention }),
    },
    relations: createRelations(parts.articles),
    maintenance: {
      ...maintenance,
      tendRuns,
      ...createBackfill({
        ...parts,
        registry,
        enterOutputs,
        setAsideKnown: createSetAsideKnown({ ...parts, registry }),
      }),
      ...createSweep({ ...parts, kinds }),
      refreshPages: pages.refresh,
    },
    aggregations: { run: (ctx, query) => parts.articles.aggregate(ctx, query) },
    vocabulary: createVocabulary(parts.articles),
    reconciler: { ...reconciler, daily: createDailyReconcile({ ...parts, reconciler }) },
    registry,
    runs,
    kinds: createKinds({ ...parts, source: kinds }),
    projections: createProjections({ ...parts, registry, reads }),
    idempotency: createIdempotency(parts.outputs),
  };
}
