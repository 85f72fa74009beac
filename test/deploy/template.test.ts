import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../src/cli/bundle.ts';
import { type Package, packageStage } from '../support/packaged.ts';
import { checkRules } from './template/rules.ts';
import { checkSchema } from './template/schema.ts';
import { resourcesOf, type Template, type Value } from './template/template.ts';

const hasCfnLint = spawnSync('cfn-lint', ['--version']).status === 0;
if (!hasCfnLint) process.stderr.write('cfn-lint is not on the PATH: templates go without it.\n');

let dev: Package;
let prod: Package;
/** Everything the other way: units given, a floor, a network that is there, an address to tell. */
let other: Package;

beforeAll(async () => {
  dev = await packageStage('dev');
  prod = await packageStage('prod');
  other = await packageStage('prod', {
    minAcu: '0.5',
    tableBilling: 'PROVISIONED',
    dbSubnetGroup: 'mine',
    dbSecurityGroups: 'sg-1234567890abcdef0',
    alarmEmail: 'desk@news.example',
  });
}, 120_000);

afterAll(() => Promise.all([dev, prod, other].map((one) => one?.remove())));

const check = async (template: Template): Promise<string[]> => [
  ...(await checkSchema(template)),
  ...checkRules(template),
];

describe('the packaged template', () => {
  it("keeps to AWS's specification and to our rules, on every stage", async () => {
    expect(await check(dev.template)).toEqual([]);
    expect(await check(prod.template)).toEqual([]);
    expect(await check(other.template)).toEqual([]);
  });

  it.runIf(hasCfnLint)('passes cfn-lint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-lint-'));
    try {
      const files = [prod, other].map(({ template }, index) => {
        const file = join(folder, `${index}.json`);
        writeFileSync(file, JSON.stringify(template));
        return file;
      });
      // W3005: a DependsOn that follows from a reference already; osls writes them.
      const lint = spawnSync('cfn-lint', ['-i', 'W3005', '-t', ...files], { encoding: 'utf8' });
      expect(lint.stdout).toBe('');
      expect(lint.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('has a function for each bundle', () => {
    const names = resourcesOf(dev.template, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties?.FunctionName,
    );
    expect(names.sort()).toEqual(FUNCTIONS.map((name) => `tandem-dev-${name}`).sort());
  });

  it('differs between the stages by parameters alone', () => {
    expect(Object.keys(dev.template.Resources)).toEqual(Object.keys(prod.template.Resources));
    const cluster = (one: Package): Value => one.template.Resources.DbCluster?.Properties;
    expect(cluster(dev).DeletionProtection).toBe(false);
    expect(cluster(prod)).toMatchObject({ DeletionProtection: true, BackupRetentionPeriod: 35 });
  });

  it('makes no network where one is given', () => {
    expect(resourcesOf(dev.template, 'AWS::EC2::VPC')).toHaveLength(1);
    const made = Object.values(other.template.Resources).filter(({ Type }) =>
      Type.startsWith('AWS::EC2::'),
    );
    expect(made).toEqual([]);
    expect(other.template.Resources.DbCluster?.Properties).toMatchObject({
      DBSubnetGroupName: 'mine',
      VpcSecurityGroupIds: ['sg-1234567890abcdef0'],
    });
  });
});

describe('a planted mistake', () => {
  /** A mistake, what is planted, and what is to be said of it. */
  const mistakes: [name: string, plant: (resources: Value) => void, told: RegExp][] = [
    [
      'a property with a typing error',
      (r) => rename(r.DbCluster.Properties, 'EnableHttpEndpoint', 'EnableHttpEndpoints'),
      /DbCluster: there is no property EnableHttpEndpoints/,
    ],
    [
      'an unknown property deep inside',
      (r) => rename(r.Table.Properties.StreamSpecification, 'StreamViewType', 'ViewType'),
      /Table\.StreamSpecification: there is no property ViewType/,
    ],
    [
      'a value of another type',
      (r) => {
        r.ApiLambdaFunction.Properties.Timeout = 'long';
      },
      /ApiLambdaFunction\.Timeout: "long" is not a whole number/,
    ],
    [
      'a missing property',
      (r) => delete r.ApiLambdaFunction.Properties.Role,
      /ApiLambdaFunction: Role is missing/,
    ],
    [
      'an attribute that is none',
      (r) => {
        r.ApiLambdaFunction.Properties.Environment.Variables.AURORA_CLUSTER_ARN = {
          'Fn::GetAtt': ['DbCluster', 'Arn'],
        };
      },
      /DbCluster \(AWS::RDS::DBCluster\) has no attribute Arn/,
    ],
    [
      'a reference to nothing',
      (r) => {
        r.ApiLambdaFunction.Properties.Environment.Variables.TABLE_NAME = { Ref: 'Tabel' };
      },
      /there is no resource Tabel/,
    ],
    [
      'a runtime that is gone',
      (r) => {
        r.RelayLambdaFunction.Properties.Runtime = 'nodejs16.x';
      },
      /RelayLambdaFunction: runtime must be/,
    ],
    [
      'a billing mode from another page',
      (r) => {
        r.Table.Properties.BillingMode = 'ON_DEMAND';
      },
      /Table: BillingMode/,
    ],
    [
      'a third of an ACU',
      (r) => {
        r.DbCluster.Properties.ServerlessV2ScalingConfiguration.MaxCapacity = 1.3;
      },
      /DbCluster: ACU come in steps/,
    ],
    [
      'a pause too short',
      (r) => {
        r.DbCluster.Properties.ServerlessV2ScalingConfiguration.SecondsUntilAutoPause = 60;
      },
      /DbCluster: SecondsUntilAutoPause/,
    ],
    [
      'an action too many',
      (r) => statementsOf(r.ApiRole)[1].Action.push('dynamodb:Scan'),
      /ApiRole: may dynamodb:Scan/,
    ],
    [
      'a star for a resource',
      (r) => {
        statementsOf(r.ProjectorRole)[1].Resource = '*';
      },
      /ProjectorRole: may .* on "\*"/,
    ],
    [
      'a route without its authorizer',
      (r) => {
        const route = routeOf(r, 'DELETE /v1/articles/{id}');
        delete route.AuthorizerId;
        route.AuthorizationType = 'NONE';
      },
      /gateway: has the route DELETE \/v1\/articles\/\{id\} open too many/,
    ],
    [
      'a route for another scope',
      (r) => {
        routeOf(r, 'GET /v1/export').AuthorizationScopes = ['articles:read'];
      },
      /gateway: lacks the route GET \/v1\/export admin/,
    ],
    [
      'a route left out',
      (r) => {
        routeOf(r, 'PUT /v1/articles/{id}').RouteKey = 'PUT /v1/article/{id}';
      },
      /gateway: lacks the route PUT \/v1\/articles\/\{id\}/,
    ],
    [
      'logs kept for ever',
      (r) => delete r.ApiLogGroup.Properties.RetentionInDays,
      /ApiLogGroup: keeps its lines for ever/,
    ],
    [
      'an alarm that nobody hears',
      (r) => {
        r.OutboxAgeAlarm.Properties.AlarmActions = [];
      },
      /OutboxAgeAlarm: tells nobody/,
    ],
    [
      'a batch that is never halved',
      (r) => delete mappingOf(r).BisectBatchOnFunctionError,
      /must bisect/,
    ],
    ['a table that goes with its stack', (r) => delete r.Table.DeletionPolicy, /must be retained/],
    [
      'code before its migrations',
      (r) => {
        r.ApiLambdaFunction.DependsOn = ['ApiLogGroup'];
      },
      /ApiLambdaFunction: may run before the migrations/,
    ],
    [
      'a secret among the variables',
      (r) => {
        r.ApiLambdaFunction.Properties.Environment.Variables.PAGE_TOKEN_KEYS = 'k'.repeat(40);
      },
      /PAGE_TOKEN_KEYS looks like a secret/,
    ],
    [
      'a gateway without limits',
      (r) => delete r.HttpApiStage.Properties.DefaultRouteSettings,
      /gateway: needs its throttling/,
    ],
  ];

  it.each(mistakes)('is found: %s', async (_name, plant, told) => {
    const template = structuredClone(prod.template);
    plant(template.Resources);
    const findings = await check(template);
    expect(findings.join('\n')).toMatch(told);
  });
});

function rename(object: Value, from: string, to: string): void {
  object[to] = object[from];
  delete object[from];
}

function statementsOf(role: Value): Value[] {
  return role.Properties.Policies[0].PolicyDocument.Statement;
}

function routeOf(resources: Value, key: string): Value {
  const route = Object.values<Value>(resources).find(
    ({ Type, Properties }) => Type === 'AWS::ApiGatewayV2::Route' && Properties.RouteKey === key,
  );
  return route.Properties;
}

function mappingOf(resources: Value): Value {
  return Object.values<Value>(resources).find(
    ({ Type }) => Type === 'AWS::Lambda::EventSourceMapping',
  ).Properties;
}
