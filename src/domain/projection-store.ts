import type { Producer } from './ai-output.ts';
import type { Context } from './context.ts';
import type {
  CoverageOf,
  OutputShape,
  ProjectedResult,
  Projection,
  ProjectionDefinition,
  Shape,
} from './projection.ts';
import type { Registry } from './registry.ts';
import type { Timestamp } from './time.ts';

/** One output for the catalogue and the projections, read from its head. `dead` when it was deleted. */
export interface OutputFact {
  readonly articleId: string;
  readonly kind: string;
  readonly version: number;
  readonly dead: boolean;
  readonly producer?: Producer;
  readonly producedAt: Timestamp;
  readonly storedAt: Timestamp;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly shape?: OutputShape;
  /** The catalogue has this version: what it says of it stays, and only `projected` is entered. */
  readonly known?: true;
  /** The run that this version takes an output back from. */
  readonly takenBackFrom?: string;
  /** What every projection of the kind made of it. One that is left out keeps what it yielded before. */
  readonly projected: readonly ProjectedResult[];
}

/**
 * `applied` also when the store already had a later version; `outdated` when the results are of another
 * registry than the present one, so that nothing was written.
 */
export type ProjectionVerdict = 'applied' | 'gone' | 'unknown' | 'outdated';

/** Some outputs that a projection has not seen yet. Empty `outputs`: this call did other work of the backfill. */
export interface BackfillBatch {
  readonly projection: string;
  readonly revision: number;
  readonly outputs: readonly {
    readonly articleId: string;
    readonly kind: string;
    readonly version: number;
  }[];
  /** Outputs handed out, of those that were due when the walk over them began. */
  readonly done: number;
  readonly total: number;
}

/** Definitions of projections and what they yield. Part of `ArticleStore`; its promises hold here too. */
export interface ProjectionStore {
  /** The projections there are now. Cost: 1 call. */
  readRegistry(ctx: Context): Promise<Registry>;

  /**
   * Makes a projection or changes its definition, and has it filled from stored outputs. Another
   * description or unit changes no value and starts nothing. Takes no DDL. `stale` where its revision is
   * another than `ifRevision` (0: there must be none), with the one that it has. Cost: 1 call.
   */
  putProjection(
    ctx: Context,
    name: string,
    definition: ProjectionDefinition,
    ifRevision?: number,
  ): Promise<
    | {
        readonly status: 'created' | 'updated' | 'unchanged';
        readonly projection: Projection;
      }
    | { readonly status: 'stale'; readonly revision: number }
  >;

  /**
   * Takes a projection away: at once it is no metric any more; `clearRetired` takes its values. `stale` where
   * its revision is another than `ifRevision`. Cost: 1 call.
   */
  deleteProjection(
    ctx: Context,
    name: string,
    ifRevision?: number,
  ): Promise<'deleted' | 'not_found' | 'stale'>;

  /** Takes away what deleted projections yielded, up to `limit` articles. `left`: there is more to do. Cost: 1 call. */
  clearRetired(
    ctx: Context,
    limit: number,
  ): Promise<{ readonly cleared: number; readonly left: boolean }>;

  /** Moves metrics to where they cost less to ask for, up to `limit` articles, as room comes free. Reads are right throughout. Cost: 1 call. */
  promoteMetrics(
    ctx: Context,
    limit: number,
  ): Promise<{ readonly moved: number; readonly left: boolean }>;

  /** By name of the projection: what became of the latest outputs, as far as its present definition has seen them. Cost: 1 call; reads every output. */
  readCoverage(ctx: Context): Promise<ReadonlyMap<string, CoverageOf>>;

  /**
   * Enters outputs into the catalogue with what the projections of `registryRevision` made of them, each
   * guarded by its version and by its article being live. The same version again may bring newer results;
   * a dead output takes all it yielded away. A shape that its kind never had before is told by
   * `tellNewShape`, by the one call that entered it, also where that had to be sent again. Verdicts in order. At most 100. Cost: 1 call.
   */
  project(
    ctx: Context,
    facts: readonly OutputFact[],
    registryRevision: number,
  ): Promise<readonly ProjectionVerdict[]>;

  /**
   * The next outputs that a projection in backfill has not seen, and moves on behind them; what was handed
   * out and did not come back through `project` is handed out again. A projection that has seen all
   * becomes active. Undefined when none is in backfill. Cost: 1 call.
   */
  nextBackfill(ctx: Context, query: { readonly limit: number }): Promise<BackfillBatch | undefined>;

  /** Has a projection see every output again. Cost: 1 call. */
  restartBackfill(ctx: Context, name: string): Promise<'started' | 'not_found'>;

  /** How many articles have an output, by its kind. Cost: 1 call; reads every output's index entry. */
  countKinds(ctx: Context): Promise<ReadonlyMap<string, number>>;

  /**
   * Structures seen, of one kind or of all; within a kind the most frequent first. Where they are more than one
   * answer holds, the least frequent are left out. Cost: 1 call.
   */
  readShapes(ctx: Context, kind?: string): Promise<readonly Shape[]>;
}
