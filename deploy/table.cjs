// The DynamoDB table: outputs, copies and bodies of articles, intents. It is kept when the stack goes.
const { readParams } = require('./template.cjs');

/** Provisioned units follow the load between what is given and the most. */
function scaling(kind, least) {
  const id = `Table${kind}s`;
  return {
    [id]: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: {
        ServiceNamespace: 'dynamodb',
        ResourceId: { 'Fn::Sub': 'table/${Table}' },
        ScalableDimension: `dynamodb:table:${kind}CapacityUnits`,
        MinCapacity: least,
        MaxCapacity: '${param:tableMaxUnits}',
      },
    },
    [`${id}Policy`]: {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        PolicyName: `${kind}CapacityUnits`,
        PolicyType: 'TargetTrackingScaling',
        ScalingTargetId: { Ref: id },
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 70,
          PredefinedMetricSpecification: {
            PredefinedMetricType: `DynamoDB${kind}CapacityUtilization`,
          },
        },
      },
    },
  };
}

module.exports.resources = async ({ resolveVariable }) => {
  const { tableBilling } = await readParams(resolveVariable, ['tableBilling']);
  const provisioned = tableBilling === 'PROVISIONED';
  return {
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: tableBilling,
          ...(provisioned
            ? {
                ProvisionedThroughput: {
                  ReadCapacityUnits: '${param:tableReadUnits}',
                  WriteCapacityUnits: '${param:tableWriteUnits}',
                },
              }
            : {}),
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { SSEEnabled: true },
          DeletionProtectionEnabled: '${param:deletionProtection}',
        },
      },
      // Where the projector's failures are told, by sequence number, for two weeks.
      ProjectorFailures: {
        Type: 'AWS::SQS::Queue',
        Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
      },
      ...(provisioned
        ? {
            ...scaling('Read', '${param:tableReadUnits}'),
            ...scaling('Write', '${param:tableWriteUnits}'),
          }
        : {}),
    },
    Outputs: { TableName: { Value: { Ref: 'Table' } } },
  };
};
