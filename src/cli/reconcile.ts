import { setMaxListeners } from 'node:events';
import type { Clock, Context, Timestamp } from '../domain/index.ts';
import { type Difference, type Reconciler, UNDER_WAY_MS } from '../facade/index.ts';
import { composeService } from '../lambda/compose.ts';
import { type Env, parseStoresConfig } from '../lambda/config.ts';
import { newId, systemClock } from '../lambda/system.ts';

/** For one page, with a cluster that has to wake first. */
const PAGE_MS = 60_000;

/** Suspects looked at again at a time. */
const SETTLE_IDS = 500;

export interface ReconcileOptions {
  readonly apply: boolean;
  /** Only articles written from then on. */
  readonly since?: Timestamp;
  /** Articles a second at most: the stores have readers to serve. */
  readonly rate: number;
  readonly watch: (done: {
    readonly articles: number;
    readonly suspects: number;
    readonly waitMs?: number;
  }) => void;
}

export interface Reconciled {
  readonly articles: number;
  readonly outputs: number;
  readonly found: readonly Difference[];
  readonly repaired: number;
}

/** Compares both stores whole, waits until what is under way must be done, and looks at what differs again. */
export async function reconcile(
  reconciler: Pick<Reconciler, 'compare' | 'settle'>,
  clock: Clock,
  { apply, since, rate, watch }: ReconcileOptions,
): Promise<Reconciled> {
  const suspects = new Set<string>();
  let articles = 0;
  let outputs = 0;
  let suspectedAtMs = 0;
  let at: string | undefined;
  do {
    const beganMs = clock.now();
    const page = await reconciler.compare(contextOf(clock), {
      ...(at === undefined ? {} : { at }),
      ...(since === undefined ? {} : { since }),
    });
    articles += page.articles;
    outputs += page.outputs;
    if (page.suspects.length > 0) suspectedAtMs = clock.now();
    for (const id of page.suspects) suspects.add(id);
    watch({ articles, suspects: suspects.size });
    at = page.next;
    const spareMs = (page.articles / rate) * 1000 - (clock.now() - beganMs);
    if (at !== undefined && spareMs > 0) await clock.sleep(spareMs);
  } while (at !== undefined);

  if (suspects.size > 0) {
    const waitMs = Math.max(0, suspectedAtMs + UNDER_WAY_MS - clock.now());
    watch({ articles, suspects: suspects.size, waitMs });
    await clock.sleep(waitMs);
  }
  const found: Difference[] = [];
  let repaired = 0;
  const all = [...suspects];
  for (let from = 0; from < all.length; from += SETTLE_IDS) {
    const ids = all.slice(from, from + SETTLE_IDS);
    const settled = await reconciler.settle(contextOf(clock), ids, { apply });
    found.push(...settled.found);
    repaired += settled.repaired;
  }
  return { articles, outputs, found, repaired };
}

/**
 * Reconciles the stores that the variables name, or those of a local process. Errors: `ConfigError`,
 * `ServiceError` where a store is away.
 */
export async function runReconcile(
  env: Env,
  options: ReconcileOptions & { readonly url?: string },
): Promise<Reconciled> {
  if (options.url !== undefined) Object.assign(env, await endpointsOf(options.url));
  const service = composeService({ ...parseStoresConfig(env), logLevel: 'error' });
  try {
    // Told that it is awake, or woken.
    await service.aurora.ping(contextOf(systemClock));
    return await reconcile(service.tandem.reconciler, systemClock, options);
  } finally {
    await service.close();
  }
}

/** The variables by which this process finds the stand-ins of a running local one. */
async function endpointsOf(url: string): Promise<Record<string, string>> {
  const answer = await fetch(new URL('/__local/endpoints', url)).catch((error: unknown) => {
    throw new Error(`No local process answers at ${url}`, { cause: error });
  });
  if (!answer.ok)
    throw new Error(`${url} is no local process of Tandem: it answers ${answer.status}`);
  const found = (await answer.json()) as Record<string, string>;
  const take = (name: string): string => found[name] ?? '';
  return {
    AWS_REGION: take('region'),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_RDS_DATA: take('dataApi'),
    AWS_ENDPOINT_URL_DYNAMODB: take('dynamodb'),
    AURORA_CLUSTER_ARN: take('resourceArn'),
    AURORA_SECRET_ARN: take('secretArn'),
    AURORA_DATABASE: take('database'),
    TABLE_NAME: take('table'),
  };
}

function contextOf(clock: Clock): Context {
  const { signal } = new AbortController();
  // One listener for each store call under way.
  setMaxListeners(0, signal);
  return {
    requestId: newId(),
    deadlineMs: clock.now() + PAGE_MS,
    waitMs: PAGE_MS / 2,
    signal,
    observe: () => undefined,
  };
}
