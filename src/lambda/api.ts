import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type { Context as RequestContext } from '../domain/index.ts';
import { toRequest, toResult } from './api-event.ts';
import { processService } from './compose.ts';
import { composeServe } from './compose-api.ts';
import { type ApiConfig, isDeployed, parseApiConfig, processEnv } from './config.ts';
import { once } from './once.ts';
import type { Serve } from './serve.ts';
import { systemClock } from './system.ts';

/** Kept back of the function's time, so that a late request gets an answer of ours. */
const RESERVE_MS = 500;

const config = once((): ApiConfig => parseApiConfig(processEnv()));
const serve = once((): Serve => composeServe(processService(), config()));

// A deployment with a bad configuration ends here, before it takes a request.
if (isDeployed(processEnv())) config();

function noteContext(requestId: string, deadlineMs: number): RequestContext {
  const { signal } = new AbortController();
  return { requestId, deadlineMs, waitMs: 0, signal, observe: () => undefined };
}

/** Answers HTTP requests from API Gateway (HTTP API, payload format 2.0). */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  const request = toRequest(event);
  const response = await serve()(request, { requestId: context.awsRequestId, deadlineMs });
  // Between requests the process stands still: what is to be noted is noted now, once a minute, and at once
  // that Aurora has woken, since that brings over what waited for it.
  const { meter, resumeNotes } = processService();
  await Promise.all([
    meter.flush(noteContext(context.awsRequestId, deadlineMs)),
    resumeNotes.flush(),
  ]);
  return toResult(response, request.headers.get('accept-encoding') ?? undefined);
}
