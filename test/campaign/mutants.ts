/** A fault planted in a copy of the code: `find` stands once in `file` and becomes `replace`. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const MAINTENANCE = 'src/facade/maintenance.ts';
const OUTPUT_WRITES = 'src/facade/output-writes.ts';
const ARTICLE_WRITES = 'src/facade/article-writes.ts';
// What the stores themselves promise stands in SQL and in conditions of DynamoDB: their stand-ins have it, too.
const ARTICLES = 'test/fakes/article-store.ts';
const OUTPUTS = 'test/fakes/ai-output-store.ts';
const PROJECTED = 'test/fakes/projections.ts';

const AHEAD =
  "const ahead = head === 'missing' ? group : group.filter((i) => i.version > head.info.version);";

/** The mutants of both protocol models, 14 of the crash model and 5 of the interleavings, and one of our own. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'AI output written Aurora first',
    file: OUTPUT_WRITES,
    find: 'const verified = (',
    replace:
      'await (parts as unknown as import("./tandem.ts").TandemParts).articles.get(ctx, articleId);\n      const verified = (',
  },
  {
    name: 'no outbox',
    file: ARTICLES,
    find: '.slice(0, limit)\n        .map((entry): OutboxEntry',
    replace: '.slice(0, 0)\n        .map((entry): OutboxEntry',
  },
  {
    name: 'put is last-write-wins',
    file: OUTPUTS,
    find: 'if ((own.get(kind)?.info.version ?? 0) !== expected) return false;',
    replace: '',
  },
  {
    name: 'projector ignores version',
    file: PROJECTED,
    find: "if (before && before.fact.version > fact.version) return 'applied';",
    replace: '',
  },
  {
    name: 'projector does not check the article row',
    file: PROJECTED,
    find: "if (state !== 'live') return state === 'deleted' ? 'gone' : 'unknown';",
    replace: '',
  },
  {
    name: 'relay marks done before acting',
    file: MAINTENANCE,
    find: 'const latest = new Map(entries',
    replace:
      'await articles.settleOutbox(ctx, entries.map(({ seq }) => seq));\n      const latest = new Map(entries',
  },
  {
    name: 'delete goes to DynamoDB first',
    file: ARTICLE_WRITES,
    find: 'const outcome = await articles.delete(ctx, id, ifRev);',
    replace:
      'await outputs.putTombstone(ctx, id);\n      await outputs.removeArticle(ctx, id);\n      const outcome = await articles.delete(ctx, id, ifRev);',
  },
  {
    name: 'no orphan compensation',
    file: MAINTENANCE,
    find: "if (verdict !== 'applied') await removeOrphan(ctx, head);",
    replace: "if (verdict !== 'applied') void removeOrphan;",
  },
  {
    name: 'stream only, no pending drain',
    file: 'src/lambda/upkeep.ts',
    find: 'const drain = await maintenance.drain(ctx, { limit: DRAIN_LIMIT, wake });',
    replace:
      'const drain = wake ? { drained: 0, left: false } : await maintenance.drain(ctx, { limit: DRAIN_LIMIT, wake });',
  },
  {
    name: 'intents settled before they are applied',
    file: MAINTENANCE,
    find: 'const deletes = await closeDeletes(',
    replace: 'await outputs.settleIntents(ctx, all);\n        const deletes = await closeDeletes(',
  },
  {
    name: 'intents settled without version match',
    file: MAINTENANCE,
    find: AHEAD,
    replace: "const ahead = head === 'missing' ? group : [];",
  },
  {
    name: 'physical delete of an output',
    file: OUTPUT_WRITES,
    find: '(await outputs.putHead(ctx, dead, latest.info.version))',
    replace:
      '(await outputs.removeHead(ctx, articleId, kind, latest.info.version).then(() => dead.dead))',
  },
  {
    name: 'a version kept late survives the delete of its output',
    file: 'src/facade/retention.ts',
    find: 'const deletedUpTo = head?.dead ? head.info.version : head?.deletedUpTo;',
    replace: 'const deletedUpTo = undefined as number | undefined;\n  void head;',
  },
  {
    name: 'relations survive the delete',
    file: ARTICLES,
    find: 'edges = edges.filter(({ from, to }) => from !== id && to !== id);',
    replace: '',
  },
  {
    name: 'projector ignores the dead head of an output',
    file: PROJECTED,
    find: 'const dead = fact.dead || (same && before.fact.dead);',
    replace: 'const dead = false;',
  },
  {
    name: 'age of an intent judged after the head was read',
    file: MAINTENANCE,
    find: 'const abandoned = ahead.filter((intent) => isAbandoned(intent, nowMs));',
    replace: 'const abandoned = ahead.filter((intent) => isAbandoned(intent, clock.now()));',
  },
  {
    name: 'drain settles any intent it saw',
    file: MAINTENANCE,
    find: 'if (done.length > 0) await outputs.settleIntents(ctx, done);',
    replace: 'await outputs.settleIntents(ctx, all);',
  },
  {
    name: 'intent and head in parallel, acknowledged after the head only',
    file: OUTPUT_WRITES,
    find: 'outputs.putIntent(ctx, { articleId, kind, version }),',
    replace: 'void outputs.putIntent(ctx, { articleId, kind, version }).catch(() => undefined),',
  },
  {
    name: 'head put without heeding its condition',
    file: OUTPUT_WRITES,
    find: 'if (!(await outputs.putHead(ctx, next, expected))) return undefined;',
    replace: 'await outputs.putHead(ctx, next, expected);',
  },
  {
    name: 'projector without version guard, two drains',
    file: PROJECTED,
    find: 'before.fact.version > fact.version',
    replace: 'before.fact.version > fact.version + 1_000',
  },
];
