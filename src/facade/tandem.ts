import type { AiOutputStore, ArticleStore, AuroraState, Clock, Random } from '../domain/index.ts';
import { createArticleReads } from './article-reads.ts';
import { createArticleWrites } from './article-writes.ts';
import { createExport } from './export.ts';
import { createIdempotency } from './idempotency.ts';
import { createMaintenance } from './maintenance.ts';
import { createOutputReads } from './output-reads.ts';
import { createOutputWrites } from './output-writes.ts';
import { createPageCopies } from './page-copies.ts';
import { createPresenceCheck } from './presence.ts';
import { createRelations } from './relations.ts';
import type { Tandem } from './service.ts';

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
  const pages = createPageCopies(parts);
  return {
    articles: {
      ...createArticleReads({ ...parts, pages }),
      ...createArticleWrites(parts),
      ...createExport(parts),
    },
    outputs: {
      ...createOutputReads({ ...parts, presence }),
      ...createOutputWrites({ ...parts, presence }),
    },
    relations: createRelations(parts.articles),
    maintenance: { ...createMaintenance(parts), refreshPages: pages.refresh },
    idempotency: createIdempotency(parts.outputs),
  };
}
