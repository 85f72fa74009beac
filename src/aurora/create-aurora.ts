import { CompiledQuery, Kysely, type QueryResult } from 'kysely';
import { type Context, ServiceError } from '../domain/index.ts';
import type { Aurora, AuroraOptions, CallOptions, Query } from './aurora.ts';
import { type Caller, createCaller, type Meter, type Scope, tellCall } from './caller.ts';
import { createDataApi } from './data-api.ts';
import { createDirect } from './direct.ts';
import { translateError } from './errors.ts';
import type { Transport } from './transport.ts';
import { createWake } from './wake.ts';

const SELECT_ONE = CompiledQuery.raw('select 1');

/** Connects nothing yet: the first call does. One per process, so that all its calls share one wake loop. */
export function createAurora<DB>(options: AuroraOptions): Aurora<DB> {
  const { clock, random, target } = options;
  const transport =
    target.connection === 'direct'
      ? createDirect(target, options.columnTypes, clock)
      : createDataApi(target, options.columnTypes);
  const wake = createWake({
    ...options,
    ping: async (signal, observe) => {
      const startedMs = clock.now();
      const meter: Meter = {};
      const tell = (outcome: 'ok' | 'error' | 'resuming'): void =>
        tellCall(observe, transport.statement, clock.now() - startedMs, outcome, meter);
      try {
        await transport.ping(signal, meter);
        tell('ok');
      } catch (error) {
        tell(translateError('aurora.wake', error).resuming ? 'resuming' : 'error');
        throw error;
      }
    },
  });
  const caller = createCaller({ clock, random, wake });
  const bound = (ctx: Context, op: string, { repeatable = false }: CallOptions = {}): Kysely<DB> =>
    kyselyOf<DB>(transport, caller, { ctx, op, repeatable });
  const db = builder<DB>(transport);

  async function execute<R>(
    ctx: Context,
    op: string,
    query: Query<R>,
    callOptions?: CallOptions,
  ): Promise<QueryResult<R>> {
    try {
      const compiled = 'sql' in query ? query : query.compile(db);
      return await bound(ctx, op, callOptions).executeQuery(compiled);
    } catch (error) {
      throw translateError(op, error).error;
    }
  }

  return {
    db,

    async rows(ctx, op, query, callOptions) {
      return (await execute(ctx, op, query, callOptions)).rows;
    },

    async run(ctx, op, query, callOptions) {
      const { rows, numAffectedRows } = await execute(ctx, op, query, callOptions);
      return { rows, affected: Number(numAffectedRows ?? 0n) };
    },

    transaction(ctx, op, work) {
      return bound(ctx, op).transaction().execute(work);
    },

    async ping(ctx) {
      await execute(ctx, 'aurora.ping', SELECT_ONE, { repeatable: true });
    },

    state: () => wake.state(),
    learn: (state) => wake.learn(state),
    lastSuccessMs: () => wake.lastSuccessMs(),

    async close() {
      wake.close();
      await transport.close();
    },
  };
}

/** Made for each call, since Kysely hands no context on to its driver: a few microseconds. */
function kyselyOf<DB>(transport: Transport, caller: Caller, scope: Scope): Kysely<DB> {
  return new Kysely<DB>({ dialect: transport.dialect(caller, scope) });
}

/** A Kysely that compiles as the others do and runs nothing. */
function builder<DB>(transport: Transport): Kysely<DB> {
  const refuse = async (): Promise<never> => {
    throw new ServiceError(
      'internal',
      'aurora.db',
      'Run queries by aurora.rows(ctx, …): db only builds them',
    );
  };
  const refusing: Caller = { call: refuse, inGrace: (scope) => scope };
  return kyselyOf<DB>(transport, refusing, {
    ctx: undefined as never,
    op: 'aurora.db',
    repeatable: false,
  });
}
