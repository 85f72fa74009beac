// What is watched, and a dashboard of it. Every alarm tells the topic, when it begins and when it ends.
const { names } = require('./functions.cjs');
const { capital, readParams } = require('./template.cjs');

const SERVICE = '${self:service}-${sls:stage}';
const lambda = (name) => ({ FunctionName: `${SERVICE}-${name}` });
const cluster = { DBClusterIdentifier: { Ref: 'DbCluster' } };

/** Metrics of ours, out of the log's lines: src/lambda/observe.ts. */
const own = { service: SERVICE };
const OWN_NAMESPACE = 'Tandem';

/** An alarm for each row: what it says, the metric, and from which value on for how many periods of five minutes. */
async function rows() {
  const perFunction = (await names()).flatMap((name) => [
    {
      id: `${capital(name)}Errors`,
      says: `The ${name} function failed`,
      metric: ['AWS/Lambda', 'Errors', lambda(name), 'Sum'],
      from: 1,
    },
    {
      id: `${capital(name)}Throttles`,
      says: `Lambda turned calls of the ${name} function away`,
      metric: ['AWS/Lambda', 'Throttles', lambda(name), 'Sum'],
      from: 1,
    },
  ]);
  return [
    ...perFunction,
    {
      id: 'ApiServerErrors',
      says: 'Requests were answered with 5xx',
      metric: ['AWS/ApiGateway', '5xx', { ApiId: { Ref: 'HttpApi' } }, 'Sum'],
      from: 5,
    },
    {
      id: 'StreamAge',
      says: 'The projector is behind the stream',
      metric: ['AWS/Lambda', 'IteratorAge', lambda('projector'), 'Maximum'],
      // Milliseconds.
      from: 600_000,
    },
    {
      id: 'StreamFailures',
      says: 'The projector gave records up',
      metric: [
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        { QueueName: { 'Fn::GetAtt': ['ProjectorFailures', 'QueueName'] } },
        'Maximum',
      ],
      from: 1,
    },
    {
      id: 'OutboxAge',
      says: 'Outputs wait for Aurora for longer than an hour',
      metric: [OWN_NAMESPACE, 'OutboxAge', own, 'Maximum'],
      // Seconds.
      from: 3600,
    },
    {
      id: 'ProjectionFailures',
      says: 'Outputs could not be projected',
      metric: [OWN_NAMESPACE, 'ProjectionFailures', own, 'Sum'],
      from: 1,
    },
    {
      id: 'AcuNearMaximum',
      says: 'Aurora is near the largest size it may have',
      metric: ['AWS/RDS', 'ACUUtilization', cluster, 'Average'],
      // Per cent, for a quarter of an hour.
      from: 90,
      periods: 3,
    },
    // Its `ThrottledRequests` come for each operation alone: no sum of a table can be watched.
    ...['Read', 'Write'].map((direction) => ({
      id: `Table${direction}Throttles`,
      says: `DynamoDB turned ${direction.toLowerCase()}s away`,
      metric: [
        'AWS/DynamoDB',
        `${direction}ThrottleEvents`,
        { TableName: { Ref: 'Table' } },
        'Sum',
      ],
      from: 1,
      periods: 2,
    })),
  ];
}

function alarm({ says, metric: [namespace, name, dimensions, statistic], from, periods = 1 }) {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: `${says}. What to do: README, "Alarms".`,
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: statistic,
      Period: 300,
      EvaluationPeriods: periods,
      Threshold: from,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      // Nothing asked is nothing wrong.
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: 'AlarmTopic' }],
      OKActions: [{ Ref: 'AlarmTopic' }],
    },
  };
}

/** `Fn::Sub` of a dashboard; references in its text name resources of the template. */
async function dashboard() {
  const all = await names();
  const widget = (title, metrics, options = {}) => ({ title, metrics, ...options });
  const ofFunctions = (metric, stat) =>
    all.map((name) => [
      'AWS/Lambda',
      metric,
      'FunctionName',
      `${SERVICE}-${name}`,
      { stat, label: name },
    ]);
  const gateway = (metric, stat) => ['AWS/ApiGateway', metric, 'ApiId', '${HttpApi}', { stat }];
  const ofCluster = (metric, stat) => [
    'AWS/RDS',
    metric,
    'DBClusterIdentifier',
    '${DbCluster}',
    { stat },
  ];
  const ofTable = (metric) => ['AWS/DynamoDB', metric, 'TableName', '${Table}', { stat: 'Sum' }];
  const ofOurs = (metric, stat) => [OWN_NAMESPACE, metric, 'service', SERVICE, { stat }];
  const widgets = [
    widget('Requests', [gateway('Count', 'Sum'), gateway('4xx', 'Sum'), gateway('5xx', 'Sum')]),
    widget('Latency (ms)', [gateway('Latency', 'p50'), gateway('Latency', 'p99')]),
    widget('Function errors', ofFunctions('Errors', 'Sum')),
    widget('Function duration, p99 (ms)', ofFunctions('Duration', 'p99')),
    widget('Aurora (ACU)', [ofCluster('ServerlessDatabaseCapacity', 'Average')]),
    widget('Aurora used (%)', [ofCluster('ACUUtilization', 'Average')]),
    widget('Table units', [
      ofTable('ConsumedReadCapacityUnits'),
      ofTable('ConsumedWriteCapacityUnits'),
    ]),
    widget('Stream age (ms)', [
      ['AWS/Lambda', 'IteratorAge', 'FunctionName', `${SERVICE}-projector`, { stat: 'Maximum' }],
    ]),
    widget('Outbox age (s)', [ofOurs('OutboxAge', 'Maximum')]),
    widget('Failed projections', [ofOurs('ProjectionFailures', 'Sum')]),
  ];
  const body = {
    widgets: widgets.map(({ title, metrics }, index) => ({
      type: 'metric',
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: { title, metrics, region: '${AWS::Region}', period: 300, view: 'timeSeries' },
    })),
  };
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: SERVICE,
      DashboardBody: { 'Fn::Sub': JSON.stringify(body) },
    },
  };
}

async function resources({ resolveVariable }) {
  const { alarmEmail } = await readParams(resolveVariable, ['alarmEmail']);
  const alarms = (await rows()).map((row) => [`${row.id}Alarm`, alarm(row)]);
  return {
    Resources: {
      AlarmTopic: { Type: 'AWS::SNS::Topic' },
      ...(alarmEmail === ''
        ? {}
        : {
            AlarmEmail: {
              Type: 'AWS::SNS::Subscription',
              Properties: {
                TopicArn: { Ref: 'AlarmTopic' },
                Protocol: 'email',
                Endpoint: alarmEmail,
              },
            },
          }),
      ...Object.fromEntries(alarms),
      Dashboard: await dashboard(),
    },
    Outputs: { AlarmTopicArn: { Value: { Ref: 'AlarmTopic' } } },
  };
}

module.exports = { resources };
