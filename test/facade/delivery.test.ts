import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectionDefinition } from '../../src/domain/index.ts';
import { createTandem, type Tandem } from '../../src/facade/index.ts';
import { anArticle, anOutput, aWorld } from './world.ts';

const ARTICLES = ['a1', 'a2', 'a3'];

const reading = (path: 'old' | 'new'): ProjectionDefinition => ({
  kind: 'summary',
  target: { type: 'metric', valueType: 'number' },
  select: [`$.${path}`],
});

const article = fc.constantFrom(...ARTICLES);
/** Of two processes, each with what it knows of the projections. */
const process = fc.nat({ max: 1 });
const commands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), article, process }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), article, process }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('record' as const), process }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('define' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('backfill' as const), process }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('step' as const),
        times: fc.integer({ min: 1, max: 15 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

/** Calls of writers, of the projector and of backfills that may be overtaken by others, in any order. */
const OVERTAKEN = new Set([
  'putIntent',
  'putHead',
  'readIntents',
  'readHeads',
  'project',
  'settleIntents',
  'readRegistry',
  'nextBackfill',
]);

describe('records of the stream, shuffled, doubled and delayed', () => {
  it('leave the value of the latest output, whatever overtakes what, writers, changes and backfills of two processes too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), commands, async (scheduler, script) => {
        const world = aWorld();
        let inOrder = false;
        const overtaken = <T extends object>(store: T): T =>
          new Proxy(store, {
            get(target, name) {
              const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
              if (!OVERTAKEN.has(String(name))) return method;
              return async (...args: unknown[]) => {
                if (!inOrder) await scheduler.schedule(Promise.resolve(), `before ${String(name)}`);
                const result = await method.apply(target, args);
                if (!inOrder) await scheduler.schedule(Promise.resolve(), `after ${String(name)}`);
                return result;
              };
            },
          });
        const processes = [0, 1].map(() =>
          createTandem({
            articles: overtaken(world.articles),
            outputs: overtaken(world.outputs),
            clock: world.clock,
            random: () => 0,
            auroraState: () => 'awake',
            isSurelyAwake: async () => true,
          }),
        );
        const at = (index: number): Tandem => processes[index] as Tandem;
        const drain = (index: number) =>
          at(index).maintenance.drain(world.ctx, { limit: 500, wake: false });
        const backfill = (index: number) => at(index).maintenance.tendProjections(world.ctx);
        for (const id of ARTICLES) await world.tandem.articles.create(world.ctx, anArticle({ id }));
        await world.tandem.projections.put(world.ctx, 'value', reading('old'));

        let path: 'old' | 'new' = 'old';
        let values = 0;
        const runs: Promise<unknown>[] = [];
        for (const command of script) {
          if (command.do === 'put') {
            values += 1;
            const text = JSON.stringify({ old: values, new: values + 1_000 });
            runs.push(
              at(command.process).outputs.put(
                world.ctx,
                anOutput(text, { articleId: command.article }),
                {},
              ),
            );
          } else if (command.do === 'remove') {
            runs.push(at(command.process).outputs.remove(world.ctx, command.article, 'summary'));
          } else if (command.do === 'define') {
            path = path === 'old' ? 'new' : 'old';
            await world.tandem.projections.put(world.ctx, 'value', reading(path));
          } else if (command.do === 'record') {
            runs.push(drain(command.process));
          } else if (command.do === 'backfill') {
            // As the note of a definition has another process do.
            runs.push(
              at(command.process)
                .registry.refresh(world.ctx)
                .then(() => backfill(command.process)),
            );
          } else {
            for (let step = 0; step < command.times; step += 1) {
              if (scheduler.count() > 0) await scheduler.waitOne();
              // What was let go runs up to its next call.
              for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
            }
          }
        }
        await scheduler.waitFor(Promise.all(runs));

        inOrder = true;
        for (let rounds = 0; ; rounds += 1) {
          const process = rounds % 2;
          const { drained } = await drain(process);
          await at(process).registry.refresh(world.ctx);
          const { moved, left } = await backfill(process);
          if (drained === 0 && !moved && !left) break;
          if (rounds > 50) throw new Error('There is no end to it');
        }
        for (const id of ARTICLES) {
          const state = await world.articles.get(world.ctx, id);
          const { head } = await world.outputs.readHead(world.ctx, id, 'summary');
          const output =
            head && !head.dead
              ? ((await world.outputs.loadOutput(world.ctx, head)).parse() as Record<
                  string,
                  number
                >)
              : undefined;
          expect(state.state === 'live' && state.article.metrics).toEqual(
            output === undefined ? {} : { value: output[path] },
          );
        }
        expect(await world.outputs.readIntents(world.ctx, { limit: 10 })).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
