import type { Traffic } from '../../src/domain/index.ts';
import { seededRandom } from './clock.ts';

const HOUR_MS = 3_600_000;

/**
 * Requests that come at random with a rate that a shape gives for each hour, the same for the same seed.
 * `perHour` is asked with the hour that begins at an instant.
 */
export function aTraffic(
  from: string,
  hours: number,
  seed: number,
  perHour: (atMs: number) => number,
): Traffic {
  const random = seededRandom(seed);
  const fromMs = Date.parse(from);
  const requests: { atMs: number; count: number }[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const startMs = fromMs + hour * HOUR_MS;
    const rate = perHour(startMs);
    if (rate <= 0) continue;
    for (let atMs = startMs; ; ) {
      atMs += Math.round((-Math.log(1 - random()) * HOUR_MS) / rate);
      if (atMs >= startMs + HOUR_MS) break;
      requests.push({ atMs, count: 1 });
    }
  }
  return { fromMs, toMs: fromMs + hours * HOUR_MS, requests };
}

/** Whether an instant is in a newsroom's hours: Monday to Friday, 8 to 18 UTC. */
export function isBusiness(atMs: number): boolean {
  const at = new Date(atMs);
  const weekday = (at.getUTCDay() + 6) % 7;
  return weekday < 5 && at.getUTCHours() >= 8 && at.getUTCHours() < 18;
}
