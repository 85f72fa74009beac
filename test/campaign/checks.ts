import {
  type Article,
  type ArticleState,
  JsonText,
  type OutputHead,
  type Projection,
} from '../../src/domain/index.ts';
import { bodyOf, type History, outputOf } from './history.ts';
import { type Process, upkeepOf } from './stage.ts';
import { POISON } from './stores.ts';

/** Where a projection finds what Aurora refuses. */
const POISONED = '$.tags[*]';

const MINUTE_MS = 60_000;

/**
 * What a reader may see at any moment, faults and all: nothing of a deleted article, awake or asleep; no
 * edge to one; no version below one that was seen; nothing that nobody wrote.
 */
export async function look(history: History, seen: Map<string, number>): Promise<void> {
  const { stage, beliefs } = history;
  const { articles } = stage.stores;
  const ctx = stage.ctx();
  const states = await readStates(history);
  for (const [id, state] of states) {
    if (state.state === 'live') {
      const found = await articles.findRelations(ctx, id, { direction: 'both', pageSize: 100 });
      const edges = found.state === 'live' ? found.items : [];
      for (const { from, to } of edges) {
        const other = from === id ? to : from;
        const there = states.get(other) ?? (await articles.get(ctx, other));
        if (there.state !== 'live') history.blame(`I2: ${from} > ${to} is there, one end is not`);
      }
    }
    if (beliefs.isDeleted(id)) await lookForDeleted(history, id);
  }
  await lookAtHeads(history, seen);
}

/** The articles that anybody heard of; each is what somebody was told, or may be. */
async function readStates(history: History): Promise<Map<string, ArticleState>> {
  const { stage, beliefs } = history;
  const states = new Map<string, ArticleState>();
  for (const id of beliefs.articles()) {
    const state = await stage.stores.articles.get(stage.ctx(), id);
    states.set(id, state);
    const label = labelOf(state);
    if (!beliefs.article(id).has(label)) {
      history.blame(`I1: ${id} is "${label}", not ${[...beliefs.article(id)].join(' or ')}`);
    }
  }
  return states;
}

/** Only that no version is below one that was seen or told. Cost: 1 call. */
export async function lookAtHeads(history: History, seen: Map<string, number>): Promise<void> {
  const { stage, beliefs } = history;
  const { outputs } = stage.stores;
  const ctx = stage.ctx();
  const keys = beliefs.outputs();
  if (keys.length === 0) return;
  const heads = await outputs.readHeads(ctx, keys);
  keys.forEach(({ articleId, kind }, index) => {
    const head = heads[index];
    const key = `${articleId}#${kind}`;
    const version = head === undefined || typeof head === 'string' ? 0 : head.info.version;
    const before = seen.get(key) ?? 0;
    if (version < before && beliefs.isLive(articleId)) {
      history.blame(`I4: the head of ${key} went from v${before} to v${version}`);
    }
    seen.set(key, Math.max(version, before));
    if (beliefs.isLive(articleId) && version < beliefs.top(articleId, kind)) {
      history.blame(`I1: ${key} is at v${version}, v${beliefs.top(articleId, kind)} was told`);
    }
  });
}

async function lookForDeleted(history: History, id: string): Promise<void> {
  const { stage, beliefs } = history;
  const kinds = beliefs.outputs().flatMap((one) => (one.articleId === id ? [one.kind] : []));
  for (const aurora of ['awake', 'asleep'] as const) {
    const reader = stage.observer(aurora);
    const ctx = stage.ctx();
    const wanted = { include: 'all', body: true, strict: false } as const;
    const reads = [
      reader.articles.get(ctx, id, wanted),
      reader.outputs.list(ctx, id),
      ...kinds.map((kind) => reader.outputs.get(ctx, id, kind)),
    ];
    for (const read of await Promise.allSettled(reads)) {
      if (read.status === 'fulfilled') history.blame(`I2: the deleted ${id} is read (${aurora})`);
    }
  }
}

/**
 * Runs what repairs, with nothing going wrong any more, until nothing is pending. What a dead writer left is
 * given up after 5 minutes, an output without an article after 15: what is pending then stays so.
 */
export async function repair(history: History): Promise<void> {
  const { stage } = history;
  stage.calm();
  stage.wake();
  const process = stage.another();
  let pending = 0;
  for (const minutes of [0, 6, 10]) {
    stage.stores.clock.advance(minutes * MINUTE_MS);
    for (let round = 0; round < 5; round++) {
      const { left, waiting } = await upkeepOf(stage, process, true);
      pending = waiting;
      if (!left) break;
      if (round === 4) history.blame('there is no end to upkeep');
    }
    if (pending === 0) return;
  }
  history.blame(`${pending} intents stay after repair`);
}

/** After repair: both stores say the same, and what every client was told. */
export async function verify(history: History): Promise<void> {
  const { stage, beliefs } = history;
  const { articles, outputs, catalogued } = stage.stores;
  const ctx = stage.ctx();
  const outbox = await articles.readOutbox(ctx, 100);
  if (outbox.length > 0) history.blame(`${outbox.length} entries stay in the outbox`);
  const { projections } = await articles.readRegistry(ctx);
  for (const { name, state } of projections) {
    if (state !== 'active') history.blame(`I3: the projection ${name} stays ${state}`);
  }
  const states = await readStates(history);
  for (const [id, state] of states) {
    const label = labelOf(state);
    const copy = await outputs.getArticle(ctx, id);
    if (state.state !== 'live') {
      if (copy.state !== state.state)
        history.blame(`I3: ${label} ${id}: the copy is ${copy.state}`);
      const left = await outputs.getOutputs(ctx, id, 'all', { consistent: true });
      if (left.size > 0) history.blame(`I2: ${left.size} outputs of ${label} ${id} stay`);
      continue;
    }
    if (copy.state !== 'live' || printSorted(copy.article) !== printSorted(state.article)) {
      history.blame(`I3: the copy of ${id} is another: ${JSON.stringify(copy)}`);
    } else if (copy.deletingSince !== undefined)
      history.blame(`I3: a note of a delete stays on ${id}`);
    const wanted = { include: 'none', body: true, strict: false } as const;
    const view = await stage.observer().articles.get(ctx, id, wanted);
    if (view.body !== bodyOf(label)) history.blame(`I1: the body of "${label}" is ${view.body}`);
  }
  for (const { articleId, kind } of beliefs.outputs()) {
    const state = states.get(articleId);
    if (state?.state !== 'live') continue;
    const [head] = await outputs.readHeads(ctx, [{ articleId, kind }]);
    const there = head === undefined || typeof head === 'string' ? undefined : head;
    const text = there && !there.dead ? (await outputs.loadOutput(ctx, there)).text : 'none';
    if (!beliefs.output(articleId, kind).has(text)) {
      const may = [...beliefs.output(articleId, kind)].join(' or ');
      history.blame(`I1: ${articleId} ${kind} is ${text}, not ${may}`);
    }
    const version = text === 'none' ? undefined : there?.info.version;
    const known = await catalogued(articleId, kind);
    if (known !== version) {
      history.blame(`I3: ${articleId} ${kind} is at v${version}, the catalogue at v${known}`);
    }
    await verifyVersions(history, articleId, kind, there);
    const ofKind = projections.filter(({ definition }) => definition.kind === kind);
    // An output that yields what Aurora refuses is set aside whole.
    const poisoned =
      text.includes(POISON) && ofKind.some(({ definition }) => definition.each === POISONED);
    for (const projection of ofKind) {
      await verifyDerived(history, projection, state.article, states, poisoned ? 'none' : text);
    }
  }
}

async function verifyVersions(
  history: History,
  articleId: string,
  kind: string,
  head: OutputHead | undefined,
): Promise<void> {
  const { stage, beliefs } = history;
  if (!beliefs.isLive(articleId)) return;
  const gone = beliefs.gone(articleId, kind);
  const told = await stage
    .observer()
    .outputs.versions(stage.ctx(), articleId, kind, { limit: 100 })
    .catch(() => ({ versions: [] }));
  for (const { version } of told.versions) {
    if (version <= gone) history.blame(`I2: the removed v${version} of ${articleId} ${kind} stays`);
  }
  for (const [version, text] of beliefs.versions(articleId, kind)) {
    if (head?.dead) return;
    const read = await stage
      .observer()
      .outputs.get(stage.ctx(), articleId, kind, version)
      .catch((error: Error) => ({ output: { text: error.message } }));
    if (read.output.text !== text) {
      history.blame(`I1: ${articleId} ${kind} v${version} is ${read.output.text}, not ${text}`);
    }
  }
}

/** I3: every derived value is what its projection yields for the latest version. */
async function verifyDerived(
  history: History,
  { name, definition }: Projection,
  article: Article,
  states: ReadonlyMap<string, ArticleState>,
  text: string,
): Promise<void> {
  const { stage } = history;
  const { articles } = stage.stores;
  const { id: articleId } = article;
  const output = text === 'none' ? {} : (JSON.parse(text) as Record<string, unknown>);
  const member = (definition.select?.[0] ?? definition.each ?? '').replace(/^\$\.|\[\*\]$/g, '');
  let found: unknown;
  let wanted: unknown = output[member] ?? [];
  switch (definition.target.type) {
    case 'metric':
      found = article.metrics[name];
      wanted = output[member];
      break;
    case 'topics':
      found = article.topics.filter((topic) => topic.projection === name).map(({ key }) => key);
      break;
    case 'relations': {
      const edges = await articles.findRelations(stage.ctx(), articleId, {
        direction: 'out',
        pageSize: 99,
      });
      const all = edges.state === 'live' ? edges.items : [];
      found = all.filter((edge) => edge.projection === name).map(({ to }) => to);
      wanted = (wanted as string[]).filter((to) => states.get(to)?.state === 'live');
    }
  }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    history.blame(
      `I3: ${name} of ${articleId} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`,
    );
  }
}

/** I5: whatever is asked or run again changes nothing. Answers what the stores tell in the end. */
export async function replay(history: History): Promise<string> {
  const { stage, beliefs, keyed } = history;
  const before = await snapshot(history);
  const process = stage.another();
  for (const [key, { id, title, rev }] of keyed) {
    if (rev !== undefined) await replayCreate(history, process, key, id, title, rev);
  }
  for (const { articleId, kind } of beliefs.outputs()) {
    const [text = 'none', ...others] = beliefs.output(articleId, kind);
    if (!beliefs.isLive(articleId) || text === 'none' || others.length > 0) continue;
    const output = outputOf(articleId, kind, text);
    const { status } = await process.tandem.outputs.put(stage.ctx(), output, {});
    if (status !== 'unchanged') history.blame(`I5: ${articleId} ${kind} again is ${status}`);
  }
  await upkeepOf(stage, process, true);
  const after = await snapshot(history);
  if (after !== before) history.blame(`I5: replays changed ${before} to ${after}`);
  return after;
}

async function replayCreate(
  history: History,
  process: Process,
  key: string,
  id: string,
  title: string,
  rev: number,
): Promise<void> {
  const body = bodyOf(title);
  const input = { id, title, authors: [], topics: [], attributes: new JsonText('{}') };
  const { article, replayed } = await process.tandem.articles.create(
    history.stage.ctx(),
    { ...input, ...(body === undefined ? {} : { body }) },
    { key, requestHash: `of ${id} ${title}` },
  );
  if (!replayed || article.rev !== rev) {
    history.blame(`I5: the key of ${id} answers rev ${article.rev}, ${replayed}; it was ${rev}`);
  }
}

async function snapshot({ stage, beliefs }: History): Promise<string> {
  const { articles, outputs } = stage.stores;
  const ctx = stage.ctx();
  const state: unknown[] = [];
  for (const id of beliefs.articles()) {
    const copy = await outputs.getArticle(ctx, id);
    state.push(await articles.get(ctx, id), copy.state === 'live' ? copy.article : copy);
    state.push(await articles.findRelations(ctx, id, { direction: 'both', pageSize: 100 }));
  }
  for (const head of await outputs.readHeads(ctx, beliefs.outputs())) {
    state.push(typeof head === 'string' ? head : [head.info, head.dead]);
  }
  return JSON.stringify(state);
}

/** After the sweep nothing is stored that no reader can reach. */
export async function sweepAndVerify(history: History): Promise<void> {
  const { stage, beliefs } = history;
  const { outputs, articles, clock } = stage.stores;
  clock.advance(26 * 60 * MINUTE_MS);
  const process = stage.another();
  process.aurora = 'awake';
  const { maintenance } = process.tandem;
  for (let left = true; left; ) {
    ({ left } = await maintenance.sweep(stage.ctx(), { pages: 50 }));
  }
  const ctx = stage.ctx();
  let after: string | undefined;
  do {
    const { parts, next } = await outputs.scanParts(ctx, after);
    for (const part of parts) {
      const state = await articles.get(ctx, part.articleId);
      if (part.type === 'body') {
        const held = state.state === 'live' ? state.article.body?.sha256 : undefined;
        if (held !== part.sha256) history.blame(`a body stays that ${part.articleId} has not`);
        continue;
      }
      const [head] = await outputs.readHeads(ctx, [part]);
      // It may name this part: who can tell.
      if (head === 'corrupt') continue;
      const live = head !== undefined && typeof head !== 'string' && !head.dead;
      if (!live || part.version > head.info.version) {
        history.blame(`a ${part.type} of ${part.articleId} v${part.version} stays without a head`);
      } else if (part.type === 'chunk') {
        const { articleId, kind, version } = part;
        const isLatest = version === head.info.version;
        const of = isLatest ? head : await outputs.getVersion(ctx, articleId, kind, version);
        if (of?.content.chunks?.key !== part.content) {
          history.blame(`a chunk of ${articleId} v${version} stays that the version does not name`);
        }
      }
    }
    after = next;
  } while (after !== undefined);
  for (const { articleId, kind } of beliefs.outputs()) {
    const [head] = await outputs.readHeads(ctx, [{ articleId, kind }]);
    if (head === undefined || typeof head === 'string' || head.dead) continue;
    const { text } = await outputs.loadOutput(ctx, head);
    if (!beliefs.output(articleId, kind).has(text)) history.blame(`I1: swept ${text}`);
  }
}

/** One text for the same members in whatever order. */
function printSorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function labelOf(
  state:
    | { readonly state: 'live'; readonly article: { readonly title: string } }
    | { readonly state: 'deleted' | 'unknown' },
): string {
  if (state.state === 'live') return state.article.title;
  return state.state === 'deleted' ? 'deleted' : 'absent';
}
