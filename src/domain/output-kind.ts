import type { AiOutputInfo } from './ai-output.ts';
import type { OutputHead } from './ai-output-store.ts';
import type { Timestamp } from './time.ts';
import { timestampFromMs } from './time.ts';

/** What is set for a kind of output. Without settings every version is kept. */
export interface KindSettings {
  readonly kind: string;
  /** Versions kept of each output, the latest among them: 1 keeps no other. */
  readonly keepVersions?: number;
  /** How long a version is kept after it was stored. The latest is kept whatever its age. */
  readonly keepDays?: number;
  readonly description?: string;
}

const DAY_MS = 86_400_000;

/**
 * Whether a version is still there for readers, of an output whose latest is `head`; one that is not may be
 * removed at any time.
 */
export function isRetained(
  version: Pick<AiOutputInfo, 'version' | 'storedAt'>,
  head: Pick<OutputHead, 'deletedUpTo'> & { readonly info: Pick<AiOutputInfo, 'version'> },
  settings: Pick<KindSettings, 'keepVersions' | 'keepDays'> | undefined,
  nowMs: number,
): boolean {
  const latestVersion = head.info.version;
  if (version.version === latestVersion) return true;
  if (version.version <= (head.deletedUpTo ?? 0)) return false;
  const { keepVersions = Number.POSITIVE_INFINITY, keepDays } = settings ?? {};
  if (version.version <= latestVersion - keepVersions) return false;
  return keepDays === undefined || version.storedAt > storedBefore(nowMs, keepDays);
}

function storedBefore(nowMs: number, days: number): Timestamp {
  return timestampFromMs(Math.max(nowMs - days * DAY_MS, 0));
}
