import { type DayUse, NO_USE, type Traffic, type Use } from '../../domain/index.ts';
import { type Client, describeProblem, ServiceUnreachable } from '../client.ts';

/** What `/v1/status?traffic=true` answers, as far as the cost is concerned. */
export interface LiveStatus {
  readonly time: string;
  readonly warmWindow: { readonly mode: string };
  readonly calls: Use;
  readonly cost: {
    readonly since: string;
    readonly acuHours: number;
    readonly items: Readonly<Record<string, number>>;
    readonly total: number;
  };
  readonly traffic: readonly LiveDay[];
  readonly aurora: { readonly expectedResumeSeconds: number };
}

export interface LiveDay {
  readonly day: string;
  readonly calls: Use;
  readonly auroraRequestsByHour: Readonly<Record<string, number>>;
  readonly askedMinutes: readonly number[];
}

/** Asks a running service. Errors: `ServiceUnreachable`. */
export async function readStatus(client: Client): Promise<LiveStatus> {
  const reply = await client.send('GET /v1/status', { query: { traffic: true } });
  if (reply.status !== 200) {
    throw new ServiceUnreachable(`the status was refused: ${describeProblem(reply)}`);
  }
  return JSON.parse(reply.text) as LiveStatus;
}

/** Days as the domain has them, for what learns from hours. */
export function toDays(traffic: readonly LiveDay[]): readonly DayUse[] {
  return traffic.map(({ day, calls, auroraRequestsByHour, askedMinutes }) => ({
    day,
    use: { ...NO_USE, ...calls },
    auroraRequestsByHour: new Map(
      Object.entries(auroraRequestsByHour).map(([hour, count]) => [Number(hour), count]),
    ),
    coldRequestsByHour: new Map(),
    askedMinutes: new Set(askedMinutes),
    calledMinutes: new Set(),
  }));
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Requests that needed Aurora, to the minute: an hour's requests are spread over the minutes in which any
 * came. Undefined where nothing was recorded.
 */
export function trafficOf(days: readonly DayUse[], untilMs: number): Traffic | undefined {
  const [first] = days;
  if (!first) return undefined;
  const requests = days.flatMap(({ day, auroraRequestsByHour, askedMinutes }) => {
    const minutes = [...askedMinutes].sort((a, b) => a - b);
    return minutes.map((minute) => {
      const hour = Math.floor(minute / 60);
      const inHour = minutes.filter((other) => Math.floor(other / 60) === hour).length;
      const count = Math.max(1, (auroraRequestsByHour.get(hour) ?? 0) / inHour);
      return { atMs: Date.parse(day) + minute * MINUTE_MS + MINUTE_MS / 2, count };
    });
  });
  const fromMs = Date.parse(first.day);
  return { fromMs, toMs: Math.max(untilMs, fromMs + DAY_MS), requests };
}
