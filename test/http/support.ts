import { type Clock, type Observation, ROUTED } from '../../src/domain/index.ts';
import { createHttp, type HttpOptions, type RequestEnv } from '../../src/http/index.ts';
import { type Call, type Script, scriptedTandem } from '../fakes/tandem.ts';
import type { Answer } from '../support/http.ts';

/** A clock that stands still until it is moved; sleeps end when it passes their time. */
export function manualClock(startMs = Date.UTC(2026, 2, 1)): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  return {
    now: () => nowMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    advance(ms) {
      nowMs += ms;
      for (const sleeper of [...sleepers]) if (sleeper.untilMs <= nowMs) sleeper.wake();
    },
  };
}

export interface Bench {
  readonly calls: readonly Call[];
  readonly observed: readonly Observation[];
  readonly clock: ReturnType<typeof manualClock>;
  /** Sends a request. A string or bytes go out as they are, anything else as JSON. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    env?: RequestEnv,
  ): Promise<Answer>;
}

/** The app over a scripted facade. */
export function aBench(script: Script = {}, options: Partial<HttpOptions> = {}): Bench {
  const tandem = scriptedTandem(script);
  const clock = manualClock();
  const observed: Observation[] = [];
  let made = 0;
  const http = createHttp({
    tandem,
    clock,
    newId: () => `made-${++made}`,
    tokenKeys: ['k'.repeat(32)],
    ...options,
  });
  return {
    calls: tandem.calls,
    observed,
    clock,
    async send(method, path, body, headers = {}, env = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const request = new Request(`http://tandem.example${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const response = await http.fetch(request, {
        observe: (observation) => {
          // Every request says which route took it.
          const isRouted = observation.kind === 'event' && observation.name === ROUTED;
          if (!isRouted) observed.push(observation);
        },
        ...env,
      });
      const text = await response.text();
      const isJson = /json$/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson && text !== '' ? JSON.parse(text) : undefined,
      };
    },
  };
}
