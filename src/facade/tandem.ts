import type { AiOutputStore, ArticleStore, AuroraState, Clock, Random } from '../domain/index.ts';
import { createArticleReads } from './article-reads.ts';
import { createArticleWrites } from './article-writes.ts';
import { createBackfill } from './backfill.ts';
import { createEnterOutputs } from './enter-outputs.ts';
import { createExport } from './export.ts';
import { createIdempotency } from './idempotency.ts';
import { createKindSource, createKinds } from './kinds.ts';
import { createMaintenance } from './maintenance.ts';
import { createOutputReads } from './output-reads.ts';
import { createOutputWrites } from './output-writes.ts';
import { createPresenceCheck } from './presence.ts';
import { createProjections } from './projections.ts';
import { createReconciler } from './reconcile.ts';
import { createDailyReconcile } from './reconcile-daily.ts';
import { createRegistrySource } from './registry-source.ts';
import { createRelations } from './relations.ts';
import { createRetention } from './retention.ts';
import type { Tandem } from './service.ts';
import { createSweep } from './sweep.ts';

export interface TandemParts {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly random: Random;
  /** What this process knows of Aurora, without asking it. */
  readonly auroraState: () => AuroraState;
}

/** Puts the facade together over two stores. Makes no call by itself. */
export function createTandem(parts: TandemParts): Tandem {
  const presence = createPresenceCheck(parts);
  const kinds = createKindSource(parts.outputs, parts.clock);
  const retention = createRetention({ ...parts, kinds });
  const registry = createRegistrySource(parts);
  const enterOutputs = createEnterOutputs({ ...parts, registry });
  const reconciler = createReconciler({ ...parts, registry, enterOutputs });
  const reads = createOutputReads({ ...parts, presence, retention });
  return {
    articles: {
      ...createArticleReads(parts),
      ...createArticleWrites(parts),
      ...createExport(parts),
    },
    outputs: {
      ...reads,
      ...createOutputWrites({ ...parts, presence, retention }),
    },
    relations: createRelations(parts.articles),
    maintenance: {
      ...createMaintenance({ ...parts, enterOutputs }),
      ...createBackfill({ ...parts, registry, enterOutputs }),
      ...createSweep({ ...parts, kinds }),
    },
    reconciler: { ...reconciler, daily: createDailyReconcile({ ...parts, reconciler }) },
    registry,
    kinds: createKinds({ ...parts, source: kinds }),
    projections: createProjections({ ...parts, registry, reads }),
    idempotency: createIdempotency(parts.outputs),
  };
}
