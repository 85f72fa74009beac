import type { Finding, Resource, Value } from './template.ts';

/** Everything that each role of ours may do. An action that is not here is a mistake, or a decision to write down here. */
const ALLOWED = new Set([
  'rds-data:ExecuteStatement',
  'rds-data:BeginTransaction',
  'rds-data:CommitTransaction',
  'rds-data:RollbackTransaction',
  'secretsmanager:GetSecretValue',
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'sqs:SendMessage',
  'lambda:InvokeFunction',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
]);

/** What one role alone may do besides. */
const ALLOWED_TO_ONE: Readonly<Record<string, readonly string[]>> = {
  // The daily sweep.
  RelayRole: ['dynamodb:Scan'],
  // The floor of the capacity.
  WarmerRole: ['rds:DescribeDBClusters', 'rds:ModifyDBCluster'],
};

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: Value;
}

/** Least privilege: actions out of the list alone, on named resources alone, and roles for one service each. */
export function checkIam(resources: Readonly<Record<string, Resource>>): Finding[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .flatMap(([id, { Properties = {} }]) => {
      const trusted = Properties.AssumeRolePolicyDocument?.Statement ?? [];
      const services = trusted.map((one: Value) => one.Principal?.Service);
      const policies = Properties.Policies ?? [];
      const statements: Statement[] = policies.flatMap(
        (policy: Value) => policy.PolicyDocument.Statement,
      );
      return [
        ...(services.length === 1 &&
        ['lambda.amazonaws.com', 'scheduler.amazonaws.com'].includes(services[0])
          ? []
          : [`${id}: is for ${services.join(', ') || 'anybody'}` as Finding]),
        ...('ManagedPolicyArns' in Properties ? [`${id}: has managed policies` as Finding] : []),
        ...statements.flatMap((statement) => checkStatement(id, statement)),
      ];
    });
}

function checkStatement(id: string, { Effect, Action = [], Resource = [] }: Statement): Finding[] {
  const actions = [Action].flat();
  const places = [Resource].flat();
  return [
    ...actions
      .filter((action) => !ALLOWED.has(action) && !ALLOWED_TO_ONE[id]?.includes(action))
      .map((action): Finding => `${id}: may ${action}`),
    ...places
      .filter((place) => !isNamed(place, actions))
      .map((place): Finding => `${id}: may ${actions.join(', ')} on ${JSON.stringify(place)}`),
    ...(Effect === 'Allow' && actions.length > 0 && places.length > 0
      ? []
      : [`${id}: has a statement that allows nothing` as Finding]),
  ];
}

/** One resource. The lines of one log group count as one; they have streams with names of their own. */
function isNamed(place: Value, actions: readonly string[]): boolean {
  const text = JSON.stringify(place);
  if (!text.includes('*')) return true;
  const ofLogs = actions.every((action) => action.startsWith('logs:'));
  return ofLogs && /:log-group:\/aws\/lambda\/[\w-]+:\*"\}$/.test(text);
}
