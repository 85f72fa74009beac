import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/** The table as DynamoDB describes it. */
export interface TableDescription {
  readonly status: string;
  /** Names of the partition and the sort key. */
  readonly keys: readonly string[];
  readonly onDemand: boolean;
  /** What the stream shows of a change; absent where there is none. */
  readonly stream?: string;
  /** The attribute that ends items; absent where nothing does. */
  readonly timeToLive?: string;
  readonly deletionProtection: boolean;
  /** Undefined where that could not be asked. */
  readonly pointInTimeRecovery?: boolean;
  readonly sizeBytes: number;
}

/** Describes a table, with the credentials and the endpoint that any AWS client finds. Errors: the client's own. */
export async function describeTable(region: string, table: string): Promise<TableDescription> {
  const client = new DynamoDBClient({ region });
  const name = { TableName: table };
  try {
    const [described, ttl, backups] = await Promise.all([
      client.send(new DescribeTableCommand(name)),
      client.send(new DescribeTimeToLiveCommand(name)),
      client.send(new DescribeContinuousBackupsCommand(name)).catch(() => undefined),
    ]);
    const { Table } = described;
    const { AttributeName, TimeToLiveStatus } = ttl.TimeToLiveDescription ?? {};
    const ends = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING';
    const recovery =
      backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
        ?.PointInTimeRecoveryStatus;
    const stream = Table?.StreamSpecification;
    return {
      status: Table?.TableStatus ?? '',
      keys: (Table?.KeySchema ?? []).map(({ AttributeName: key }) => key ?? ''),
      onDemand: Table?.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST',
      deletionProtection: Table?.DeletionProtectionEnabled === true,
      sizeBytes: Table?.TableSizeBytes ?? 0,
      ...(stream?.StreamEnabled && stream.StreamViewType ? { stream: stream.StreamViewType } : {}),
      ...(ends && AttributeName !== undefined ? { timeToLive: AttributeName } : {}),
      ...(recovery === undefined ? {} : { pointInTimeRecovery: recovery === 'ENABLED' }),
    };
  } finally {
    client.destroy();
  }
}
