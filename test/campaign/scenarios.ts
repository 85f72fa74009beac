import type { ProjectionDefinition } from '../../src/domain/index.ts';
import type { History } from './history.ts';
import { POISON } from './stores.ts';

/** What surrounds the requests of a history: each is there or not, which makes 128 patterns. */
export const ENVIRONMENT = {
  asleep: 1,
  relayBetween: 2,
  deleteArticle: 4,
  deleteOutputBesideLateWriter: 8,
  duplicateDelivery: 16,
  streamLost: 32,
  streamDelivered: 64,
} as const;

export const PATTERNS = 128;

/** A course of requests and of what runs beside them; told its environment as bits. */
export interface Scenario {
  /** Whether its clients keep in mind what was done before: it was done by the protocol. */
  readonly remembers?: boolean;
  /** Without faults. */
  before(history: History, id: (name: string) => string): Promise<void>;
  play(
    history: History,
    id: (name: string) => string,
    env: Env,
    look: () => Promise<void>,
  ): Promise<void>;
  /** What has to hold after repair beside what holds for all. */
  after?(history: History, id: (name: string) => string): Promise<void>;
}

/** Whether something surrounds a history; `streamArrives`: delivered, and not lost. */
export type Env = (name: keyof typeof ENVIRONMENT | 'streamArrives') => boolean;

export function envOf(pattern: number): Env {
  const has = (name: keyof typeof ENVIRONMENT): boolean => (pattern & ENVIRONMENT[name]) !== 0;
  return (name) =>
    name === 'streamArrives' ? has('streamDelivered') && !has('streamLost') : has(name);
}

export const SCORE: ProjectionDefinition = {
  kind: 's',
  target: { type: 'metric', valueType: 'number' },
  select: ['$.score'],
};
const TAGS: ProjectionDefinition = {
  kind: 's',
  target: { type: 'topics' },
  each: '$.tags[*]',
  key: '$',
};
const LINKS: ProjectionDefinition = {
  kind: 's',
  target: { type: 'relations', relation: 'mentions' },
  each: '$.links[*]',
  to: '$',
};

function textOf(score: number, links: readonly string[] = []): string {
  return JSON.stringify({ score, other: -score, tags: [`t${score}`], links });
}

/** Long enough for chunks, and with a topic that Aurora refuses. */
function poisoned(score: number): string {
  return JSON.stringify({ score, tags: [POISON], more: 'x'.repeat(60) });
}

/** Outputs of an article: written, overwritten, removed, and what becomes of them when it is deleted. */
export const OUTPUTS: Scenario = {
  async before({ stage }) {
    const { projections } = stage.client().tandem;
    await projections.put(stage.ctx(), 'score', SCORE);
    await projections.put(stage.ctx(), 'links', LINKS);
    await stage.upkeep();
  },

  async play(history, id, env, look) {
    const { stage } = history;
    const [a, b] = [id('a'), id('b')];
    await history.create(a, 'A', id('key'));
    await history.create(b, 'B');
    await look();
    if (env('asleep')) stage.asleep = true;
    await history.putOutput(a, 's', textOf(1, [b]));
    await history.putOutput(a, 's', textOf(2));
    await look();
    if (env('relayBetween')) await stage.upkeep();
    stage.wake();
    if (env('streamArrives')) await stage.upkeep();
    await history.relate(a, b);
    await look();
    const late = env('deleteOutputBesideLateWriter')
      ? await lateWriter(history, a, textOf(3))
      : undefined;
    if (late) await history.removeOutput(a, 's');
    if (env('deleteArticle')) {
      await history.remove(a);
      await look();
      if (env('relayBetween')) await stage.upkeep();
    }
    if (late) await late();
    await look();
    await history.putOutput(a, 's', textOf(4, [b]));
    if (env('duplicateDelivery')) {
      await stage.upkeep();
      await stage.upkeep();
    }
    await look();
  },
};

/** A writer that has read the head and is about to put its own; the answer lets it go on, and ends with it. */
export async function lateWriter(
  history: History,
  articleId: string,
  text: string,
): Promise<() => Promise<void>> {
  const { stage } = history;
  const writer = stage.another();
  let go: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    go = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    stage.turn = async (name, process) => {
      if (process !== writer || name !== 'dynamodb.putHead') return;
      stage.turn = undefined;
      resolve();
      await released;
    };
  });
  // A writer that died is not begun anew.
  const done = history.putOutput(articleId, 's', text, () => writer);
  await Promise.race([reached, done]);
  stage.turn = undefined;
  return async () => {
    go();
    await done;
  };
}

/** Articles: made under a key, replaced, patched, written in batches, related and deleted. */
export const ARTICLES: Scenario = {
  async before() {},

  async play(history, id, env, look) {
    const { stage } = history;
    const [a, b, c] = [id('a'), id('b'), id('c')];
    await history.create(a, 'A1+', id('key'));
    await history.create(b, 'B1');
    await look();
    if (env('asleep')) {
      stage.asleep = true;
      await history.putOutput(b, 's', textOf(1));
      await history.putOutput(c, 's', textOf(2));
      await history.failUnder(id('asleep'));
    }
    stage.wake();
    if (env('relayBetween')) await stage.upkeep();
    await history.put(a, 'A2+');
    await history.patch(a, 'A3+');
    await look();
    await history.remove(a, 99);
    await history.relate(a, b);
    if (env('deleteOutputBesideLateWriter')) await history.unrelate(a, b);
    if (env('streamArrives')) await stage.upkeep();
    if (env('deleteArticle')) {
      await history.remove(b);
      await look();
      await history.relate(a, b);
    }
    await history.putMany({ [a]: 'A4+', [b]: 'B4', [c]: 'C4+' });
    await look();
    await history.create(a, 'A1+', id('key'));
    if (env('duplicateDelivery')) {
      await stage.upkeep();
      await stage.upkeep();
    }
    if (env('deleteArticle')) await history.remove(a);
    await look();
  },
};

/** Projections: made over stored outputs, changed, deleted; batches under a key, retention, the sweep. */
export const PROJECTIONS: Scenario = {
  async before() {},

  async play(history, id, env, look) {
    const { stage } = history;
    const [a, b] = [id('a'), id('b')];
    await history.attempt(({ kinds }) => kinds.put(stage.ctx(), { kind: 's', keepVersions: 2 }));
    await history.create(a, 'A1', id('ka'));
    await history.create(b, 'B1', id('kb'));
    if (env('asleep')) stage.asleep = true;
    await history.putOutputs(id('batch'), [
      { articleId: a, kind: 's', text: textOf(1, [b]) },
      { articleId: b, kind: 's', text: poisoned(2) },
      { articleId: a, kind: 's', text: textOf(3) },
    ]);
    stage.wake();
    await define(history, 'score', SCORE);
    if (env('relayBetween')) await stage.upkeep();
    await look();
    await define(history, 'links', LINKS);
    await define(history, 'tags', TAGS);
    if (env('streamDelivered')) await stage.upkeep();
    if (env('deleteOutputBesideLateWriter')) {
      await define(history, 'score', { ...SCORE, select: ['$.other'] });
    }
    if (env('streamLost')) {
      await history.attempt(({ projections }) => projections.backfill(stage.ctx(), 'score'));
    }
    await history.putOutput(a, 's', textOf(5, [b]));
    history.beliefs.trimmed(a, 's');
    if (env('deleteArticle')) {
      await history.attempt(({ projections }) => projections.remove(stage.ctx(), 'links'));
    }
    await look();
    if (env('duplicateDelivery')) {
      await stage.upkeep();
      stage.stores.clock.advance(2 * 3_600_000);
      await sweep(history);
    }
    await look();
  },
};

async function define(
  history: History,
  name: string,
  definition: ProjectionDefinition,
): Promise<void> {
  await history.attempt(({ projections }) =>
    projections.put(history.stage.ctx(), name, definition),
  );
}

async function sweep({ stage }: History): Promise<void> {
  const process = stage.background();
  try {
    await process.tandem.maintenance.sweep(stage.ctx(), { pages: 9 });
  } catch (error) {
    if (!process.dead && !(error as { code?: string }).code) throw error;
  }
}
