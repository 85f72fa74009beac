import { ROUTES } from '../../../src/http/index.ts';
import { checkIam } from './iam-rules.ts';
import { type Finding, type Resource, resourcesOf, type Template } from './template.ts';

/** What no schema knows: values that AWS takes and we do not want, and what must be there together. */
export function checkRules(template: Template): Finding[] {
  const { Resources } = template;
  return [
    ...checkFunctions(template),
    ...checkCluster(template),
    ...checkTable(template),
    ...checkStreamMapping(template),
    ...checkSchedules(template),
    ...checkRoutes(template),
    ...checkLogs(template),
    ...checkAlarms(template),
    ...checkMigrations(template),
    ...checkIam(Resources),
  ];
}

const at = (id: string, ok: boolean, what: string): Finding[] => (ok ? [] : [`${id}: ${what}`]);

const oneOf = (value: unknown, ...allowed: readonly unknown[]): boolean => allowed.includes(value);

const within = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

/** Each function with its own role and log group, and without a secret among its variables. */
function checkFunctions(template: Template): Finding[] {
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  const roles = functions.map(([, { Properties }]) => Properties?.Role?.['Fn::GetAtt']?.[0]);
  return functions.flatMap(([id, { Properties = {} }], index) => {
    const variables: Record<string, unknown> = Properties.Environment?.Variables ?? {};
    const secret = Object.keys(variables).find((name) =>
      /(?:PASSWORD|TOKEN_KEYS?|SECRET|CONNECTION_STRING|API_KEY)$/.test(name),
    );
    return [
      ...at(id, oneOf(Properties.Runtime, 'nodejs24.x'), 'runtime must be nodejs24.x'),
      ...at(id, within(Properties.MemorySize, 128, 10_240), 'MemorySize is 128 to 10240'),
      ...at(id, within(Properties.Timeout, 1, 900), 'Timeout is 1 to 900'),
      ...at(id, roles.indexOf(roles[index]) === index, 'shares its role with another function'),
      ...at(id, secret === undefined, `${secret} looks like a secret; give its ARN`),
      ...at(
        id,
        !('AUTH_OPEN' in variables) && !('AWS_ENDPOINT_URL' in variables),
        'has variables that are for local use',
      ),
      ...at(
        id,
        id !== 'ApiLambdaFunction' ||
          ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'].every((name) => variables[name]),
        'lacks access control',
      ),
      ...at(id, Properties.ReservedConcurrentExecutions === undefined, 'reserves concurrency'),
    ];
  });
}

function checkCluster(template: Template): Finding[] {
  const clusters = resourcesOf(template, 'AWS::RDS::DBCluster');
  const isStep = (value: unknown): boolean =>
    Number(value) >= 0 && Number(value) <= 256 && Number.isInteger(Number(value) * 2);
  return [
    ...at('template', clusters.length === 1, 'must have one cluster'),
    ...clusters.flatMap(([id, { Properties = {}, DeletionPolicy, UpdateReplacePolicy }]) => {
      const scaling = Properties.ServerlessV2ScalingConfiguration ?? {};
      const { MinCapacity, MaxCapacity, SecondsUntilAutoPause } = scaling;
      return [
        ...at(id, Properties.Engine === 'aurora-postgresql', 'Engine must be aurora-postgresql'),
        ...at(id, canPause(Properties.EngineVersion), 'EngineVersion knows no 0 ACU or Data API'),
        ...at(id, isStep(MinCapacity) && isStep(MaxCapacity), 'ACU come in steps of 0.5'),
        ...at(id, MaxCapacity >= 1 && MinCapacity <= MaxCapacity, 'MaxCapacity is too small'),
        ...at(
          id,
          MinCapacity === 0
            ? within(SecondsUntilAutoPause, 300, 86_400)
            : SecondsUntilAutoPause === undefined,
          'SecondsUntilAutoPause is 300 to 86400, and for a minimum of 0 alone',
        ),
        ...at(id, Properties.EnableHttpEndpoint === true, 'needs the Data API'),
        ...at(id, Properties.ManageMasterUserPassword === true, 'needs a managed password'),
        ...at(id, !('MasterUserPassword' in Properties), 'has its password in the template'),
        ...at(id, Properties.StorageEncrypted === true, 'must be encrypted'),
        ...at(id, within(Properties.BackupRetentionPeriod, 1, 35), 'backups are kept 1 to 35 days'),
        ...at(
          id,
          DeletionPolicy === 'Snapshot' && UpdateReplacePolicy === 'Snapshot',
          'must leave a snapshot',
        ),
      ];
    }),
  ];
}

/** Aurora PostgreSQL from 13.15, 14.12, 15.7, 16.3 and 17.4 on has the Data API and scales to 0. */
function canPause(version: unknown): boolean {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  const least: Readonly<Record<number, number>> = { 13: 15, 14: 12, 15: 7, 16: 3, 17: 4, 18: 3 };
  return minor >= (least[major] ?? Number.POSITIVE_INFINITY);
}

function checkTable(template: Template): Finding[] {
  const tables = resourcesOf(template, 'AWS::DynamoDB::Table');
  return [
    ...at('template', tables.length === 1, 'must have one table'),
    ...tables.flatMap(([id, { Properties = {}, DeletionPolicy, UpdateReplacePolicy }]) => {
      const defined = (Properties.AttributeDefinitions ?? []).map(
        (one: { AttributeName: string }) => one.AttributeName,
      );
      const keys = (Properties.KeySchema ?? []).map(
        (one: { AttributeName: string }) => one.AttributeName,
      );
      return [
        ...at(
          id,
          oneOf(Properties.BillingMode, 'PAY_PER_REQUEST', 'PROVISIONED'),
          'BillingMode is PAY_PER_REQUEST or PROVISIONED',
        ),
        ...at(
          id,
          (Properties.BillingMode === 'PROVISIONED') === 'ProvisionedThroughput' in Properties,
          'units are given where they are provisioned, and only there',
        ),
        ...at(id, String(keys.sort()) === String(defined.sort()), 'defines other than its keys'),
        ...at(id, String(keys) === 'pk,sk', 'must have the keys pk and sk'),
        ...at(
          id,
          Properties.StreamSpecification?.StreamViewType === 'NEW_AND_OLD_IMAGES',
          'needs its stream',
        ),
        ...at(
          id,
          Properties.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
          'needs point-in-time recovery',
        ),
        ...at(id, Properties.SSESpecification?.SSEEnabled === true, 'must be encrypted'),
        ...at(
          id,
          Properties.TimeToLiveSpecification?.AttributeName === 'expiresAt' &&
            Properties.TimeToLiveSpecification.Enabled === true,
          'needs its time to live',
        ),
        ...at(
          id,
          DeletionPolicy === 'Retain' && UpdateReplacePolicy === 'Retain',
          'must be retained',
        ),
      ];
    }),
  ];
}

function checkStreamMapping(template: Template): Finding[] {
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
  return [
    ...at('template', mappings.length === 1, 'must have one stream mapping'),
    ...mappings.flatMap(([id, { Properties = {} }]) => [
      ...at(id, Properties.BisectBatchOnFunctionError === true, 'must bisect'),
      ...at(
        id,
        String(Properties.FunctionResponseTypes) === 'ReportBatchItemFailures',
        'must take partial failures',
      ),
      ...at(id, 'OnFailure' in (Properties.DestinationConfig ?? {}), 'needs an on-failure queue'),
      ...at(id, Properties.StartingPosition === 'TRIM_HORIZON', 'must begin at the oldest record'),
      ...at(id, within(Properties.MaximumRetryAttempts, 1, 10), 'must give up after some attempts'),
    ]),
  ];
}

function checkSchedules(template: Template): Finding[] {
  return resourcesOf(template, 'AWS::Scheduler::Schedule').flatMap(([id, { Properties = {} }]) => [
    ...at(
      id,
      /^rate\((?:1 (?:minute|hour|day)|(?:[2-9]|\d{2,}) (?:minutes|hours|days))\)$/.test(
        Properties.ScheduleExpression,
      ),
      'has no rate',
    ),
    ...at(id, Properties.Target?.RoleArn !== undefined, 'needs a role'),
  ]);
}

/** The gateway's routes and the table of routes are the same set, each with its authorizer and scopes. */
function checkRoutes(template: Template): Finding[] {
  const wanted = ROUTES.flatMap(({ method, path, access }) => {
    if (access === 'open') return [`GET ${path} open`, `HEAD ${path} open`];
    const scopes = access === 'admin' ? ['admin'] : ['admin', access];
    return [`${method} ${path} ${scopes.join(' ')}`];
  });
  wanted.push('$default any scope');
  const found = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties = {} }]) => {
    const { RouteKey, AuthorizationType, AuthorizerId, AuthorizationScopes = [] } = Properties;
    const isGuarded = AuthorizationType === 'JWT' && AuthorizerId !== undefined;
    const scopes = AuthorizationScopes.length === 0 ? ['any scope'] : [...AuthorizationScopes];
    return `${RouteKey} ${isGuarded ? scopes.sort().join(' ') : 'open'}`;
  });
  const stage = resourcesOf(template, 'AWS::ApiGatewayV2::Stage')[0]?.[1].Properties ?? {};
  const limits = stage.DefaultRouteSettings ?? {};
  return [
    ...wanted
      .filter((route) => !found.includes(route))
      .map((route): Finding => `gateway: lacks the route ${route}`),
    ...found
      .filter((route) => !wanted.includes(route))
      .map((route): Finding => `gateway: has the route ${route} too many`),
    ...at(
      'gateway',
      limits.ThrottlingRateLimit > 0 && limits.ThrottlingBurstLimit > 0,
      'needs its throttling',
    ),
    ...at('gateway', stage.AccessLogSettings !== undefined, 'needs its access log'),
    ...at(
      'gateway',
      !/sourceIp|userAgent|\$context\.path|authorizer\.claims|identity/.test(
        JSON.stringify(stage.AccessLogSettings ?? ''),
      ),
      'logs what is personal',
    ),
  ];
}

/** Days that CloudWatch knows. */
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827];

function checkLogs(template: Template): Finding[] {
  const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
  const names = groups.map(([, { Properties }]) => Properties?.LogGroupName);
  return [
    ...groups.flatMap(([id, { Properties = {} }]) =>
      at(id, oneOf(Properties.RetentionInDays, ...RETENTIONS), 'keeps its lines for ever'),
    ),
    ...resourcesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Properties = {} }]) =>
      at(id, names.includes(`/aws/lambda/${Properties.FunctionName}`), 'has no log group'),
    ),
  ];
}

function checkAlarms(template: Template): Finding[] {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
  const topics = resourcesOf(template, 'AWS::SNS::Topic').map(([id]) => id);
  const watched = alarms.map(([, { Properties = {} }]) => {
    const name = Properties.Dimensions?.find(
      (one: { Name: string }) => one.Name === 'FunctionName',
    );
    return `${Properties.MetricName}${name === undefined ? '' : ` ${name.Value}`}`;
  });
  const functions = resourcesOf(template, 'AWS::Lambda::Function').map(
    ([, { Properties }]) => Properties?.FunctionName,
  );
  const projector = functions.find((name) => String(name).endsWith('-projector'));
  const wanted = [
    ...functions.flatMap((name) => [`Errors ${name}`, `Throttles ${name}`]),
    `IteratorAge ${projector}`,
    ...['OutboxAge', 'ProjectionFailures', 'ACUUtilization', '5xx'],
    ...['ReadThrottleEvents', 'WriteThrottleEvents'],
    'ApproximateNumberOfMessagesVisible',
  ];
  const tells = (actions: unknown): boolean =>
    Array.isArray(actions) &&
    actions.length > 0 &&
    actions.every(({ Ref }) => topics.includes(Ref));
  return [
    ...alarms.flatMap(([id, { Properties = {} }]: [string, Resource]) => [
      ...at(id, tells(Properties.AlarmActions) && tells(Properties.OKActions), 'tells nobody'),
      ...at(id, Properties.TreatMissingData === 'notBreaching', 'takes silence for trouble'),
      ...at(id, oneOf(Properties.Statistic, 'Sum', 'Maximum', 'Average'), 'has no statistic'),
    ]),
    ...wanted
      .filter((metric) => !watched.includes(metric))
      .map((metric): Finding => `alarms: nobody watches ${metric}`),
  ];
}

/** No new code before the database is up to date, and no migration before there is a database. */
function checkMigrations({ Resources }: Template): Finding[] {
  const before = (id: string): readonly string[] => [Resources[id]?.DependsOn ?? []].flat();
  const { Migrations } = Resources;
  return [
    ...at('Migrations', Migrations?.Type === 'Custom::Migrations', 'is missing'),
    ...at('Migrations', before('Migrations').includes('DbInstance'), 'must wait for the instance'),
    ...at(
      'Migrations',
      /^[0-9a-f]{64}$/.test(Migrations?.Properties?.Checksum),
      'does not change with the migrations',
    ),
    ...Object.entries(Resources)
      .filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && !id.startsWith('Migrate'))
      .flatMap(([id]) =>
        at(id, before(id).includes('Migrations'), 'may run before the migrations'),
      ),
  ];
}
