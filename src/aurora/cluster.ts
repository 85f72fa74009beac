import { type ClusterCapacity, type Context, ServiceError } from '../domain/index.ts';

/** The cluster as RDS describes it. */
export interface ClusterDescription {
  readonly engine: string;
  readonly engineVersion: string;
  /** `available` also while it sleeps. */
  readonly status: string;
  readonly dataApi: boolean;
  /** Absent where it is no Serverless v2 cluster. */
  readonly capacity?: ClusterCapacity;
  readonly instances: number;
  readonly globalDatabase: boolean;
  readonly deletionProtection: boolean;
  readonly encrypted: boolean;
  /** Days that backups are kept. */
  readonly backupDays: number;
}

/** The cluster's settings, which are RDS's business and not the database's. */
export interface ClusterControl {
  /** Does not wake the cluster. Errors: `unavailable`, `internal`. Cost: 1 call, free of charge. */
  describe(ctx: Context): Promise<ClusterDescription>;
  /** Sets the scaling limits, at once. Repeatable. Errors: as `describe`. Cost: 1 call, free of charge. */
  setCapacity(ctx: Context, capacity: ClusterCapacity): Promise<void>;
}

const DEFAULT_PAUSE_SECONDS = 300;

/**
 * Control of the cluster that an ARN names. The SDK's client (380 KB) is loaded by the first call: most
 * functions, and a warmer that holds no capacity, never make one.
 */
export function createClusterControl(options: {
  /** `arn:aws:rds:<region>:<account>:cluster:<name>` */
  readonly resourceArn: string;
  readonly region: string;
}): ClusterControl {
  const identifier = options.resourceArn.split(':').at(-1) ?? '';

  async function send<T>(
    ctx: Context,
    op: string,
    operation: string,
    call: (rds: Rds, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const rds = await load(options.region);
    try {
      return await call(rds, ctx.signal);
    } catch (cause) {
      throw translate(op, operation, cause);
    }
  }

  return {
    async describe(ctx) {
      const op = 'cluster.describe';
      const answer = await send(ctx, op, 'DescribeDBClusters', ({ client, sdk }, abortSignal) =>
        client.send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: identifier }), {
          abortSignal,
        }),
      );
      const [cluster] = answer.DBClusters ?? [];
      if (!cluster) throw new ServiceError('internal', op, `There is no cluster ${identifier}.`);
      const scaling = cluster.ServerlessV2ScalingConfiguration;
      return {
        engine: cluster.Engine ?? '',
        engineVersion: cluster.EngineVersion ?? '',
        status: cluster.Status ?? '',
        dataApi: cluster.HttpEndpointEnabled === true,
        instances: cluster.DBClusterMembers?.length ?? 0,
        globalDatabase: cluster.GlobalWriteForwardingStatus !== undefined,
        deletionProtection: cluster.DeletionProtection === true,
        encrypted: cluster.StorageEncrypted === true,
        backupDays: cluster.BackupRetentionPeriod ?? 0,
        ...(scaling === undefined
          ? {}
          : {
              capacity: {
                minAcu: scaling.MinCapacity ?? 0,
                maxAcu: scaling.MaxCapacity ?? 0,
                ...(scaling.MinCapacity === 0
                  ? { pauseSeconds: scaling.SecondsUntilAutoPause ?? DEFAULT_PAUSE_SECONDS }
                  : {}),
              },
            }),
      };
    },

    async setCapacity(ctx, { minAcu, maxAcu, pauseSeconds }) {
      await send(ctx, 'cluster.setCapacity', 'ModifyDBCluster', ({ client, sdk }, abortSignal) =>
        client.send(
          new sdk.ModifyDBClusterCommand({
            DBClusterIdentifier: identifier,
            ServerlessV2ScalingConfiguration: {
              MinCapacity: minAcu,
              MaxCapacity: maxAcu,
              // RDS refuses a pause delay for a cluster that never pauses.
              ...(minAcu === 0 && pauseSeconds !== undefined
                ? { SecondsUntilAutoPause: pauseSeconds }
                : {}),
            },
          }),
          { abortSignal },
        ),
      );
    },
  };
}

type Sdk = typeof import('@aws-sdk/client-rds');

interface Rds {
  readonly sdk: Sdk;
  readonly client: InstanceType<Sdk['RDSClient']>;
}

async function load(region: string): Promise<Rds> {
  const sdk = await import('@aws-sdk/client-rds');
  return { sdk, client: new sdk.RDSClient({ region }) };
}

/** What RDS says when it cannot just now; the rest is set up wrongly, and told to the log alone. */
const PASSING = new Set([
  'InvalidDBClusterStateFault',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'InternalFailure',
  'TimeoutError',
  'AbortError',
]);

function translate(op: string, operation: string, cause: unknown): ServiceError {
  const { name = '', $metadata } = (cause ?? {}) as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const passing = PASSING.has(name) || status === undefined || status >= 500;
  return passing
    ? new ServiceError('unavailable', op, 'The cluster cannot be changed now.', {
        reason: 'rds_unavailable',
        cause,
      })
    : new ServiceError('internal', op, `RDS refused ${operation}: ${name}`, { cause });
}
