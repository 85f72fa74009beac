import type { Context } from '../domain/index.ts';
import { RESUME_SECONDS } from './limits.ts';

/** How long resumes of the cluster took: what `Retry-After` is taken from. */
export interface ResumeTimes {
  expectedSeconds(): number;
  record(seconds: number): void;
  /** Takes in that a cluster which was asleep answers again, where nobody saw how long that took. */
  awoke?(): void;
  /** Learns what others saw, where there is somewhere to learn it from. Asked before `Retry-After` is told; never rejects. */
  load?(ctx: Context): Promise<void>;
}

/** Enough to outlive one odd resume, few enough to follow a change of the cluster. */
const KEPT = 5;

/** Keeps the last few resumes of this process and expects their median; 15 s before the first. */
export function createResumeTimes(observed: readonly number[] = []): ResumeTimes {
  let seconds = observed.slice(-KEPT);
  return {
    expectedSeconds() {
      const sorted = [...seconds].sort((a, b) => a - b);
      return sorted[sorted.length >> 1] ?? RESUME_SECONDS;
    },
    record(value) {
      seconds = [...seconds, value].slice(-KEPT);
    },
  };
}
