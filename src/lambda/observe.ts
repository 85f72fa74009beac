import { type Observation, type Observe, ROUTED, type Store } from '../domain/index.ts';
import { describeError, type Log, type LogFields } from './log.ts';
import { systemClock } from './system.ts';

/** Most requests that one line names: a line may have 256 KB, and is paid for by the byte. */
const NAMED_REQUESTS = 100;

/** What was observed during one request or one run of a function, for its one line in the log. */
export interface Observed {
  readonly observe: Observe;
  /** What to say of it: calls and milliseconds by store, what was degraded, events and counts by name. */
  summary(): LogFields;
}

/** Events that tell how much is pending, and for how long: numbers to watch, not only to count. */
const BACKLOGS = new Set(['outbox_backlog', 'intents_backlog']);

/**
 * Gathers observations. Faults are logged at once, as errors; single store calls only at `debug`. Neither
 * ever holds a body, a token or a parameter of a statement: the code that observes does not tell them.
 */
export function gather(log: Log, requestId: string): Observed {
  const stores = new Map<Store, { calls: number; ms: number; failed: number }>();
  const events = new Map<string, number>();
  const counts = new Map<string, number>();
  const degraded = new Set<string>();
  const backlogs = new Map<string, LogFields>();
  const behalf = new Set<string>();
  let route: string | undefined;

  function observe(observation: Observation): void {
    switch (observation.kind) {
      case 'store_call': {
        const { store, operation, ms, outcome } = observation;
        const sum = stores.get(store) ?? { calls: 0, ms: 0, failed: 0 };
        sum.calls += 1;
        sum.ms += ms;
        if (outcome !== 'ok') sum.failed += 1;
        stores.set(store, sum);
        log.debug('store_call', { requestId, store, operation, ms: rounded(ms), outcome });
        return;
      }
      case 'aurora_state': {
        const { state, resumeSeconds } = observation;
        log.info('aurora_state', {
          requestId,
          state,
          ...(resumeSeconds === undefined ? {} : { resumeSeconds }),
        });
        return;
      }
      case 'degraded':
        degraded.add(observation.reason);
        return;
      case 'event':
        if (observation.name === ROUTED) {
          route = String(observation.data?.route);
          return;
        }
        increase(events, observation.name);
        if (BACKLOGS.has(observation.name)) {
          // The first one of a run: later ones have seen part of it worked off.
          if (!backlogs.has(observation.name))
            backlogs.set(observation.name, { ...observation.data });
        } else if (observation.data) {
          // One that says what happened to what is a line of its own.
          log.info(observation.name, { requestId, ...observation.data });
        }
        return;
      case 'metric': {
        const { name, value, unit, atMs } = observation;
        // CloudWatch's embedded metric format: the log line is the metric. Its service is the logger's.
        log.metric({
          [name]: value,
          _aws: {
            Timestamp: Math.round(atMs),
            CloudWatchMetrics: [
              {
                Namespace: 'Tandem',
                Dimensions: [['service']],
                Metrics: [{ Name: name, Unit: unit }],
              },
            ],
          },
        });
        return;
      }
      case 'on_behalf':
        behalf.add(observation.requestId);
        return;
      case 'count': {
        const by = Object.entries(observation.by).map(([name, value]) => `${name}=${value}`);
        increase(counts, `${observation.name}{${by.join(',')}}`);
        log.metric(countMetric(observation.name, observation.by));
        return;
      }
      case 'fault':
        log.error('fault', {
          requestId,
          op: observation.op,
          error: describeError(observation.error),
        });
        return;
    }
  }

  return {
    observe,
    summary() {
      const calls = [...stores].map(([store, { calls: count, ms, failed }]) => [
        store,
        { calls: count, ms: rounded(ms), ...(failed === 0 ? {} : { failed }) },
      ]);
      return {
        ...(route === undefined ? {} : { route }),
        ...(calls.length === 0 ? {} : { stores: Object.fromEntries(calls) }),
        // The requests that it finished: what leads from one of them to this line.
        ...(behalf.size === 0 ? {} : { requests: [...behalf].slice(0, NAMED_REQUESTS) }),
        ...(behalf.size > NAMED_REQUESTS ? { moreRequests: behalf.size - NAMED_REQUESTS } : {}),
        ...(degraded.size === 0 ? {} : { degraded: [...degraded] }),
        ...Object.fromEntries(backlogs),
        ...(events.size === 0 ? {} : { events: Object.fromEntries(events) }),
        ...(counts.size === 0 ? {} : { counts: Object.fromEntries(counts) }),
      };
    },
  };
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Milliseconds to a tenth: finer is noise. */
export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** A count as a metric, by itself and by what it is counted by. CloudWatch takes no empty value of a dimension. */
function countMetric(name: string, by: Readonly<Record<string, string>>): LogFields {
  const metric = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const dimensions = Object.entries(by).map(([key, value]) => [key, value || 'none'] as const);
  return {
    [metric]: 1,
    ...Object.fromEntries(dimensions),
    _aws: {
      Timestamp: systemClock.now(),
      CloudWatchMetrics: [
        {
          Namespace: 'Tandem',
          Dimensions: [['service'], ['service', ...Object.keys(by)]],
          Metrics: [{ Name: metric, Unit: 'Count' }],
        },
      ],
    },
  };
}
