// The functions: one row each, and what follows from a row: definition, role, permissions.
const { capital, getAtt, readParams, source } = require('./template.cjs');

const AURORA_ENV = {
  AURORA_CLUSTER_ARN: getAtt('DbCluster', 'DBClusterArn'),
  AURORA_SECRET_ARN: getAtt('DbCluster', 'MasterUserSecret.SecretArn'),
  AURORA_DATABASE: 'tandem',
  LOG_LEVEL: '${param:logLevel}',
  SERVICE_NAME: '${self:service}-${sls:stage}',
  NODE_OPTIONS: '--enable-source-maps',
};

const STORES_ENV = {
  ...AURORA_ENV,
  TABLE_NAME: { Ref: 'Table' },
  PROJECTION_MAX_DELAY: '${param:projectionMaxDelay}',
};

/** When the cluster is kept awake: what the warmer does, the status tells. */
const WARM_ENV = {
  WARM_WINDOWS: '${param:warmWindows}',
  WARM_MIN_ACU: '${param:warmMinAcu}',
  COST_PER_COLD_READ_USD: '${param:coldReadUsd}',
};

const may = (resource, ...actions) => ({ Effect: 'Allow', Action: actions, Resource: resource });

/** The Data API, and the secret that it takes. Every write is one statement: transactions are for migrations. */
const aurora = (...more) => [
  may(getAtt('DbCluster', 'DBClusterArn'), 'rds-data:ExecuteStatement', ...more),
  may(getAtt('DbCluster', 'MasterUserSecret.SecretArn'), 'secretsmanager:GetSecretValue'),
];

const TABLE = may(
  getAtt('Table', 'Arn'),
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
);

const every = (param) => ({
  schedule: {
    method: 'scheduler',
    rate: [`\${param:${param}}`],
    roleArn: getAtt('SchedulerRole', 'Arn'),
  },
});

/** What differs. Times in seconds, memory in MB; more memory is more of a processor, too. */
const ROWS = {
  api: {
    // The gateway gives up after 30 s; the app answers by itself before that.
    timeout: 29,
    memorySize: 1024,
    environment: {
      ...STORES_ENV,
      // A list makes 2.5 MB of short-lived values: in the usual 16 MB every seventh waits for a collection
      // that moves what the present one holds. As package.json has it for `bench`.
      NODE_OPTIONS: '--max-semi-space-size=64',
      AUTH_ISSUER: '${param:authIssuer}',
      AUTH_AUDIENCE: '${param:authAudience}',
      AUTH_JWKS_URL: '${param:authJwksUrl}',
      PAGE_TOKEN_SECRET_ARN: { Ref: 'PageTokenSecret' },
      ...WARM_ENV,
      COST_HEADER: '${param:costHeader}',
    },
    statements: [
      ...aurora(),
      TABLE,
      may({ Ref: 'PageTokenSecret' }, 'secretsmanager:GetSecretValue'),
    ],
    events: apiEvents,
  },
  projector: {
    timeout: 60,
    memorySize: 512,
    environment: STORES_ENV,
    statements: [
      ...aurora(),
      TABLE,
      may(
        getAtt('Table', 'StreamArn'),
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
      ),
      may(getAtt('ProjectorFailures', 'Arn'), 'sqs:SendMessage'),
    ],
    events: async () => [
      {
        stream: {
          type: 'dynamodb',
          arn: getAtt('Table', 'StreamArn'),
          // What was written before the mapping worked counts too.
          startingPosition: 'TRIM_HORIZON',
          batchSize: 100,
          batchWindow: 1,
          bisectBatchOnFunctionError: true,
          maximumRetryAttempts: 5,
          // The records are triggers: an old one is worth nothing.
          maximumRecordAgeInSeconds: 3600,
          functionResponseType: 'ReportBatchItemFailures',
          destinations: { onFailure: { arn: getAtt('ProjectorFailures', 'Arn'), type: 'sqs' } },
        },
      },
    ],
  },
  warmer: {
    timeout: 60,
    memorySize: 512,
    environment: { ...STORES_ENV, ...WARM_ENV },
    statements: [
      ...aurora(),
      TABLE,
      // The floor of the capacity inside the windows.
      may(getAtt('DbCluster', 'DBClusterArn'), 'rds:DescribeDBClusters', 'rds:ModifyDBCluster'),
    ],
    events: async () => [every('warmerRate')],
  },
  relay: {
    timeout: 60,
    memorySize: 512,
    environment: STORES_ENV,
    statements: [
      ...aurora(),
      TABLE,
      // The daily sweep looks for what no head points at.
      may(getAtt('Table', 'Arn'), 'dynamodb:Scan'),
    ],
    events: async () => [every('relayRate')],
  },
  migrate: {
    // As long as Lambda allows: an index on a large table.
    timeout: 900,
    memorySize: 512,
    environment: AURORA_ENV,
    statements: aurora(
      'rds-data:BeginTransaction',
      'rds-data:CommitTransaction',
      'rds-data:RollbackTransaction',
    ),
    events: async () => [],
  },
};

const SCHEDULED = ['warmer', 'relay'];

/** Routes of the gateway, as the HTTP side has them. */
async function apiEvents() {
  const { ROUTES } = await source('http/index.ts');
  const known = ROUTES.flatMap(({ method, path, access }) => {
    if (access === 'open')
      return ['GET', 'HEAD'].map((open) => ({ httpApi: { method: open, path } }));
    const scopes = access === 'admin' ? ['admin'] : [access, 'admin'];
    return { httpApi: { method, path, authorizer: { name: 'jwt', scopes } } };
  });
  // What no route takes is answered by the app as well: HEAD, 404 and 405 in the contract's words.
  return [...known, { httpApi: { path: '*', authorizer: { name: 'jwt' } } }];
}

/** The functions that have a bundle. */
async function deployed() {
  const { FUNCTIONS } = await source('cli/bundle.ts');
  return Object.entries(ROWS).filter(([name]) => FUNCTIONS.includes(name));
}

async function functions({ resolveVariable }) {
  const { minAcu } = await readParams(resolveVariable, ['minAcu']);
  // 0: it never pauses.
  const pause = Number(minAcu) === 0 ? '${param:autoPauseSeconds}' : '0';
  const entries = (await deployed()).map(async ([name, row]) => [
    name,
    {
      handler: `dist/lambda/${name}/index.handler`,
      package: { patterns: ['!**', `dist/lambda/${name}/**`] },
      role: `${capital(name)}Role`,
      timeout: row.timeout,
      memorySize: row.memorySize,
      environment: { ...row.environment, AURORA_AUTO_PAUSE_SECONDS: pause },
      events: await row.events(),
      // The next tick comes anyway.
      ...(SCHEDULED.includes(name) ? { maximumRetryAttempts: 0 } : {}),
      // No new code before the database is up to date.
      ...(name === 'migrate' ? {} : { dependsOn: ['Migrations'] }),
    },
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

function role(name, statements) {
  const group = `/aws/lambda/\${self:service}-\${sls:stage}-${name}`;
  const logs = {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${group}:*`,
  };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ],
      },
      Policies: [
        {
          PolicyName: name,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [may(logs, 'logs:CreateLogStream', 'logs:PutLogEvents'), ...statements],
          },
        },
      ],
    },
  };
}

/** A role for each function. */
async function roles() {
  const rows = await deployed();
  const entries = rows.map(([name, row]) => [`${capital(name)}Role`, role(name, row.statements)]);
  return { Resources: Object.fromEntries(entries) };
}

async function scheduledArns() {
  const there = await names();
  return SCHEDULED.filter((name) => there.includes(name)).map((name) =>
    getAtt(`${capital(name)}LambdaFunction`, 'Arn'),
  );
}

/** Names of the functions, in their order. */
async function names() {
  return (await deployed()).map(([name]) => name);
}

module.exports = { functions, roles, scheduledArns, names };
