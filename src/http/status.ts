import type { DayUse, Span } from '../domain/index.ts';
import type { ServiceStatus } from '../facade/index.ts';
import { json } from './json-answer.ts';
import { routeNotFound } from './problem.ts';
import type { Exchange, Services } from './route.ts';

/** `GET /v1/status`: how the service stands and what it cost this month, without waking Aurora. */
export async function readStatus(
  { ctx, query, request }: Exchange,
  { status }: Services,
): Promise<Response> {
  if (status === undefined) throw routeNotFound(new URL(request.url).pathname);
  return json(200, printStatus(await status.read(ctx, { traffic: query.flag('traffic') })));
}

function printStatus(status: ServiceStatus): object {
  const { atMs, aurora, warm, projectionLagSeconds, relay, month, traffic } = status;
  return {
    time: time(atMs),
    aurora: {
      state: aurora.state,
      calledAt: time(aurora.calledAtMs),
      lastResume: aurora.lastResume && {
        seconds: rounded(aurora.lastResume.seconds),
        at: time(aurora.lastResume.atMs),
      },
      expectedResumeSeconds: rounded(aurora.expectedResumeSeconds),
    },
    warmWindow: {
      mode: warm.mode,
      warm: warm.now !== undefined,
      until: warm.now && time(warm.now.endMs),
      next: warm.next && printSpan(warm.next),
    },
    projectionLagSeconds: rounded(projectionLagSeconds),
    relayBacklog: { left: relay.left, checkedAt: time(relay.checkedAtMs) },
    calls: month.use,
    cost: {
      since: time(month.fromMs),
      currency: 'USD',
      acuHours: rounded(month.acuHours),
      items: money(month.cost),
      total: dollars(month.cost.total),
    },
    traffic: traffic?.map(printDay),
  };
}

function printSpan({ startMs, endMs }: Span): object {
  return { from: time(startMs), until: time(endMs) };
}

function printDay({ day, use, auroraRequestsByHour, askedMinutes }: DayUse): object {
  return {
    day,
    calls: use,
    auroraRequestsByHour: Object.fromEntries(auroraRequestsByHour),
    askedMinutes: [...askedMinutes].sort((a, b) => a - b),
  };
}

function money({ total: _, ...items }: ServiceStatus['month']['cost']): object {
  return Object.fromEntries(Object.entries(items).map(([name, usd]) => [name, dollars(usd)]));
}

/** Undefined where there is no such moment, or none ever. */
function time(ms: number | undefined): string | undefined {
  return ms === undefined || !Number.isFinite(ms) ? undefined : new Date(ms).toISOString();
}

/** To a millisecond, or a thousandth of whatever it is. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** A single call costs a third of a millionth of a dollar. */
function dollars(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}
