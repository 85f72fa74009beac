import type { Clock } from '../domain/index.ts';

/** What CloudFormation asks of a custom resource, as far as it matters here. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Signed address that the answer is put to. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
}

/** CloudFormation waits for an answer until its own deadline: one that is lost costs the deploy that long. */
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;

/** CloudFormation takes answers of at most 4,096 bytes, the reason among them. */
const MAX_REASON = 1_000;

/** Whether a function was called by CloudFormation rather than by hand. */
export function isCustomResource(event: unknown): event is CustomResourceEvent {
  return typeof event === 'object' && event !== null && 'ResponseURL' in event;
}

/**
 * Does `work` for CloudFormation and tells it how that ended; a failure fails the deploy, with its message
 * as the reason. Taking the resource away does nothing. Rejects as `work` does, and when no answer could be
 * given.
 */
export async function answerCustomResource<T>(
  event: CustomResourceEvent,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T | undefined> {
  let result: T | undefined;
  try {
    if (event.RequestType !== 'Delete') result = await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await answer(event, clock, { Status: 'FAILED', Reason: reason.slice(0, MAX_REASON) });
    throw error;
  }
  await answer(event, clock, { Status: 'SUCCESS' });
  return result;
}

async function answer(
  { ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId }: CustomResourceEvent,
  clock: Clock,
  outcome: { readonly Status: 'SUCCESS' | 'FAILED'; readonly Reason?: string },
): Promise<void> {
  const text = JSON.stringify({
    ...outcome,
    StackId,
    RequestId,
    LogicalResourceId,
    // Another id than before would make CloudFormation delete the old one.
    PhysicalResourceId: PhysicalResourceId ?? LogicalResourceId,
  });
  for (let attempt = 1; ; attempt++) {
    try {
      // Bytes, so that no content type is sent: the signature covers none.
      const body = new TextEncoder().encode(text);
      const response = await fetch(ResponseURL, { method: 'PUT', body });
      if (response.ok) return;
      throw new Error(`CloudFormation's address answered ${response.status}.`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await clock.sleep(PAUSE_MS * attempt);
    }
  }
}
