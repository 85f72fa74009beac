import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Clock, ServiceError } from '../domain/index.ts';
import type { LoadTokenKeys } from '../http/index.ts';

export interface PageTokenKeysOptions {
  readonly secretArn: string;
  readonly region: string;
  readonly clock: Clock;
}

/** How long keys are used without asking whether there are others. */
const KEEP_MS = 5 * 60_000;

/** A token that no key fits is no reason to ask more often than this: anybody can make one up. */
const ASK_AGAIN_MS = 5_000;

/** The secret store is near, and a list waits for it. */
const REQUEST_TIMEOUT_MS = 2_000;

/** Versions that verify; the first signs. A new value makes the one before it `AWSPREVIOUS`. */
const STAGES = ['AWSCURRENT', 'AWSPREVIOUS'] as const;

/**
 * The keys of page tokens out of Secrets Manager. A new value of the secret signs within five minutes, and
 * tokens of the value before stay good: no deploy, and nobody's page breaks. Keys that were had once are
 * used on while the store is away. Errors: `unavailable`. Cost: 2 calls of the store, then every five minutes.
 */
export function createPageTokenKeys({
  secretArn,
  region,
  clock,
}: PageTokenKeysOptions): LoadTokenKeys {
  let client: SecretsManagerClient | undefined;
  let kept: { readonly keys: readonly string[]; readonly atMs: number } | undefined;
  let asking: Promise<readonly string[]> | undefined;

  async function read(stage: (typeof STAGES)[number]): Promise<string | undefined> {
    // Loaded by the first list: most of a cold start is loading.
    const sdk = await import('@aws-sdk/client-secrets-manager');
    client ??= new sdk.SecretsManagerClient({
      region,
      requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: REQUEST_TIMEOUT_MS },
    });
    const command = new sdk.GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage });
    return client.send(command).then(
      ({ SecretString }) => SecretString,
      (error: unknown) => {
        // A secret that was never changed has one version.
        if (stage === 'AWSPREVIOUS' && error instanceof sdk.ResourceNotFoundException) {
          return undefined;
        }
        throw error;
      },
    );
  }

  async function ask(): Promise<readonly string[]> {
    try {
      const values = await Promise.all(STAGES.map(read));
      const keys = values.filter((value) => value !== undefined && value !== '') as string[];
      const isNew = keys.join('\n') !== kept?.keys.join('\n');
      kept = { keys: isNew || kept === undefined ? keys : kept.keys, atMs: clock.now() };
    } catch (cause) {
      if (kept === undefined) {
        throw new ServiceError(
          'unavailable',
          'lambda.page_token_keys',
          'The keys of page tokens cannot be had now.',
          { reason: 'page_token_keys_unavailable', retryAfterSeconds: 2, cause },
        );
      }
      kept = { ...kept, atMs: clock.now() };
    }
    return kept.keys;
  }

  return async (demand) => {
    const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : clock.now() - kept.atMs;
    if (kept !== undefined && ageMs < (demand === 'newest' ? ASK_AGAIN_MS : KEEP_MS)) {
      return kept.keys;
    }
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}
