import { type ArticleOutcome, isServiceError, ServiceError } from '../domain/index.ts';

/** Whether an error says that a store is away, so that the other one may answer in its place. */
export function isAway(error: unknown): error is ServiceError {
  return (
    isServiceError(error, 'unavailable') ||
    isServiceError(error, 'timeout') ||
    isServiceError(error, 'throttled')
  );
}

/** For what may be left to a later run while a store is away. */
export function passIfAway(error: unknown): void {
  if (!isAway(error)) throw error;
}

/** Word for `degraded`: why Aurora's part of an answer is missing or old. */
export function auroraReason(error: ServiceError): string {
  return error.reason === 'aurora_asleep' ? 'aurora_asleep' : 'aurora_unavailable';
}

export const DYNAMODB_UNAVAILABLE = 'dynamodb_unavailable';

export function unavailable(op: string, reason: string): ServiceError {
  const store = reason.startsWith('aurora') ? 'Aurora' : 'DynamoDB';
  return new ServiceError('unavailable', op, `${store} cannot answer now.`, {
    reason,
    retryAfterSeconds: reason === 'aurora_asleep' ? 15 : 2,
  });
}

export function notFound(op: string, id: string): ServiceError {
  return new ServiceError('not_found', op, `There is no article "${id}".`);
}

export function gone(op: string, id: string): ServiceError {
  return new ServiceError('gone', op, `The article "${id}" was deleted.`);
}

/** The error of an article that is not there. */
export function absent(op: string, id: string, state: 'deleted' | 'unknown'): ServiceError {
  return state === 'deleted' ? gone(op, id) : notFound(op, id);
}

export function stale(op: string, message: string): ServiceError {
  return new ServiceError('precondition_failed', op, message);
}

/** The error of a write that did not happen. */
export function refused(
  op: string,
  id: string,
  outcome: Exclude<ArticleOutcome, { status: 'created' | 'updated' | 'unchanged' | 'replayed' }>,
): ServiceError {
  switch (outcome.status) {
    case 'conflict':
      return new ServiceError(
        'conflict',
        op,
        outcome.on === 'id'
          ? `The article "${outcome.existing}" exists already.`
          : `The url belongs to the article "${outcome.existing}".`,
        { details: { existing: outcome.existing } },
      );
    case 'stale':
      return stale(
        op,
        outcome.rev === 0
          ? `If-Match asks for a revision, but there is no article "${id}".`
          : `If-Match asks for another revision; the article is at r${outcome.rev}.`,
      );
    case 'gone':
      return gone(op, id);
    case 'not_found':
      return notFound(op, id);
    case 'key_reused':
      return keyReused(op);
    case 'invalid_source':
      return new ServiceError('invalid', op, 'The source has no key.', {
        faults: [
          {
            pointer: '/source/key',
            code: 'required',
            detail: 'The article has no source yet: a source needs a key.',
          },
        ],
      });
  }
}

export function keyReused(op: string): ServiceError {
  return new ServiceError(
    'unprocessable',
    op,
    'This Idempotency-Key was used before with another body.',
    { reason: 'idempotency_key_reused' },
  );
}
