import type { ClusterDescription, PauseBlockers } from '../../aurora/index.ts';
import { pingSpacingSeconds } from '../../domain/index.ts';
import { type TableDescription, TIME_TO_LIVE_ATTRIBUTE } from '../../dynamodb/index.ts';
import type { StoresConfig } from '../../lambda/config.ts';

/** What was found: `bad` does not work, `warn` costs or endangers something. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'bad';
  readonly what: string;
  /** What to do about it; absent where it is well. */
  readonly todo?: string;
}

/** What could be learnt; an error stands for what could not. */
export interface Facts {
  readonly config: StoresConfig;
  readonly cluster?: ClusterDescription | Error;
  readonly table: TableDescription | Error;
  /** Absent where Aurora was not to be woken. */
  readonly database?: PauseBlockers | Error;
  /** The stand-ins on this machine: what guards data on AWS is not asked of them. */
  readonly local: boolean;
}

/** First minor versions by major version that pause, and that speak the Data API. Source: Aurora user guide, 2026. */
const CAN_PAUSE: Readonly<Record<number, number>> = { 13: 15, 14: 12, 15: 7, 16: 3 };
const HAS_DATA_API: Readonly<Record<number, number>> = {
  13: 11,
  14: 8,
  15: 3,
  16: 1,
  17: 4,
  18: 3,
};

const PAUSE_SECONDS = { min: 300, max: 86_400 };

/** Judges what was learnt, the worst last in no order: each finding says what to do. */
export function judge(facts: Facts): Finding[] {
  return [
    ...judgeCluster(facts),
    ...judgePause(facts),
    ...judgeWarmth(facts),
    ...judgeDatabase(facts),
    ...judgeTable(facts),
  ];
}

const ok = (what: string): Finding => ({ level: 'ok', what });
const warn = (what: string, todo: string): Finding => ({ level: 'warn', what, todo });
const bad = (what: string, todo: string): Finding => ({ level: 'bad', what, todo });

function judgeCluster({ cluster, local }: Facts): Finding[] {
  if (cluster === undefined) {
    return [warn('The cluster is reached directly: its settings cannot be looked at', DIRECT_TODO)];
  }
  if (cluster instanceof Error)
    return [unreachable('The cluster', cluster, 'rds:DescribeDBClusters')];
  const { engine, engineVersion, instances, dataApi, capacity } = cluster;
  const findings: Finding[] = [];
  if (engine !== 'aurora-postgresql') {
    findings.push(bad(`The engine is ${engine}`, 'Use a cluster of aurora-postgresql.'));
  } else if (!reaches(engineVersion, CAN_PAUSE)) {
    findings.push(
      bad(
        `Aurora PostgreSQL ${engineVersion} cannot pause`,
        'Upgrade to 13.15, 14.12, 15.7, 16.3, or any 17 or 18 (engineVersion in serverless.yml).',
      ),
    );
  } else findings.push(ok(`Aurora PostgreSQL ${engineVersion} can pause`));
  if (!reaches(engineVersion, HAS_DATA_API)) {
    findings.push(
      bad(
        `Aurora PostgreSQL ${engineVersion} has no Data API`,
        'Upgrade to 13.11, 14.8, 15.3, 16.1, 17.4 or 18.3 at the least.',
      ),
    );
  }
  findings.push(
    dataApi
      ? ok('The Data API is on')
      : bad('The Data API is off', 'Set EnableHttpEndpoint: true on the cluster.'),
    instances > 0
      ? ok(`The cluster has ${instances} instance${instances === 1 ? '' : 's'}`)
      : bad('The cluster has no instance', 'Add an instance of class db.serverless.'),
  );
  if (capacity === undefined) {
    findings.push(
      bad('The cluster is not Serverless v2', 'Set ServerlessV2ScalingConfiguration on it.'),
    );
  }
  if (cluster.globalDatabase) {
    findings.push(
      bad('The cluster is part of a global database, which never pauses', 'Take it out of it.'),
    );
  }
  if (local) return findings;
  if (!cluster.deletionProtection) {
    findings.push(warn('The cluster can be deleted by mistake', 'Set DeletionProtection: true.'));
  }
  if (!cluster.encrypted) {
    findings.push(
      warn('The storage is not encrypted', 'Restore a snapshot with StorageEncrypted: true.'),
    );
  }
  if (cluster.backupDays < 7) {
    findings.push(
      warn(
        `Backups are kept ${cluster.backupDays} days`,
        'Set BackupRetentionPeriod to 7 or more.',
      ),
    );
  }
  return findings;
}

const DIRECT_TODO =
  'An open connection keeps it from pausing: with AURORA_CONNECTION=direct expect to pay for it round the clock.';

/** Whether the cluster pauses, and whether the functions know when. */
function judgePause({ cluster, config, local }: Facts): Finding[] {
  if (cluster === undefined || cluster instanceof Error || !cluster.capacity) return [];
  const { minAcu, maxAcu, pauseSeconds } = cluster.capacity;
  const told = config.autoPauseSeconds;
  if (minAcu > 0) {
    const held = config.warm.minAcu === minAcu && config.warm.windows.mode !== 'never';
    return [
      held
        ? ok(`A warm window holds ${minAcu} of up to ${maxAcu} ACU`)
        : warn(
            `The cluster keeps ${minAcu} ACU and never pauses`,
            'Set its minimum capacity to 0, or leave WARM_WINDOWS at never: nothing needs to keep it awake.',
          ),
    ];
  }
  if (pauseSeconds === undefined) return [];
  const findings: Finding[] = [];
  const known = told === Number.POSITIVE_INFINITY ? 'never' : `after ${told} s`;
  // The local Aurora pauses when it is told to, whatever its settings say.
  if (!local && told !== pauseSeconds) {
    findings.push(
      bad(
        `The cluster pauses after ${pauseSeconds} s, and the functions take it that it does ${known}`,
        `Set AURORA_AUTO_PAUSE_SECONDS to ${pauseSeconds}, or SecondsUntilAutoPause to what the functions know: pings would come too late, or too often.`,
      ),
    );
  } else {
    findings.push(ok(`The cluster pauses after ${pauseSeconds} s without a call`));
  }
  if (pauseSeconds < PAUSE_SECONDS.min || pauseSeconds > PAUSE_SECONDS.max) {
    findings.push(
      bad(`A pause delay of ${pauseSeconds} s is none`, 'Set it to 300 to 86,400 seconds.'),
    );
  }
  return findings;
}

function judgeWarmth({ config, cluster }: Facts): Finding[] {
  const { windows, minAcu } = config.warm;
  const findings: Finding[] = [];
  const never = windows.mode === 'never';
  const pausing = config.autoPauseSeconds !== Number.POSITIVE_INFINITY;
  if (!never && pausing) {
    const spacing = Math.round(pingSpacingSeconds(config.autoPauseSeconds));
    findings.push(
      ok(`Inside ${windows.mode} windows it is called every ${spacing} s at the least`),
    );
  }
  if (never && minAcu > 0) {
    findings.push(
      warn(`WARM_MIN_ACU=${minAcu} holds nothing without windows`, 'Set WARM_WINDOWS, or drop it.'),
    );
  }
  if (windows.mode === 'always') {
    findings.push(
      warn(
        'WARM_WINDOWS=always keeps the cluster awake round the clock by calling it',
        'A minimum capacity of 0.5 does the same with nothing to go wrong.',
      ),
    );
  }
  const capacity = cluster instanceof Error ? undefined : cluster?.capacity;
  if (capacity && minAcu > capacity.maxAcu) {
    findings.push(
      warn(
        `WARM_MIN_ACU=${minAcu} is more than the ${capacity.maxAcu} ACU that the cluster may grow to`,
        'Lower it, or raise the maximum: the warmer would raise it for the window.',
      ),
    );
  }
  if (config.projectionMaxDelayMs === Number.POSITIVE_INFINITY && never) {
    findings.push(
      warn(
        'PROJECTION_MAX_DELAY=never without windows: outputs reach Aurora when somebody else wakes it',
        'Set a delay, or a window in which they are brought over.',
      ),
    );
  }
  return findings;
}

function judgeDatabase({ database }: Facts): Finding[] {
  if (database === undefined) {
    return [ok('The database itself was left asleep; --wake asks it what keeps it from pausing')];
  }
  if (database instanceof Error) {
    return [unreachable('The database', database, 'rds-data:ExecuteStatement')];
  }
  const { walLevel, otherSessions } = database;
  return [
    walLevel === 'logical'
      ? bad(
          'Logical replication is on: the cluster never pauses',
          'Set rds.logical_replication to 0 in the cluster parameter group.',
        )
      : ok('No logical replication'),
    otherSessions > 0
      ? warn(
          `${otherSessions} other sessions are open: each keeps the cluster awake`,
          'Look for RDS Proxy, pools, dashboards and migration tools that stay connected.',
        )
      : ok('No other session is open'),
  ];
}

function judgeTable({ table, local }: Facts): Finding[] {
  if (table instanceof Error) return [unreachable('The table', table, 'dynamodb:DescribeTable')];
  const { keys, stream, timeToLive } = table;
  const findings: Finding[] = [];
  if (table.status !== 'ACTIVE') {
    findings.push(warn(`The table is ${table.status}`, 'Wait until it is ACTIVE.'));
  }
  if (keys.join() !== 'pk,sk') {
    findings.push(
      bad(`The keys of the table are ${keys.join(' and ')}`, 'Make it with the keys pk and sk.'),
    );
  }
  findings.push(
    stream === undefined
      ? bad('The table has no stream', 'Set StreamSpecification: outputs wait for the schedule.')
      : ok(`The stream shows ${stream}`),
    timeToLive === TIME_TO_LIVE_ATTRIBUTE
      ? ok(`Items end by ${timeToLive}`)
      : bad(
          timeToLive === undefined ? 'Nothing ends items' : `Items end by ${timeToLive}`,
          `Set its time to live to ${TIME_TO_LIVE_ATTRIBUTE}: page copies and marks would stay for good.`,
        ),
  );
  if (!table.onDemand) {
    findings.push(
      warn('The table has provisioned capacity', 'On demand suits bursts; see that it scales.'),
    );
  }
  if (local) return findings;
  if (table.pointInTimeRecovery === false) {
    findings.push(
      warn('The table cannot be put back to a moment', 'Turn point-in-time recovery on.'),
    );
  }
  if (!table.deletionProtection) {
    findings.push(warn('The table can be deleted by mistake', 'Turn deletion protection on.'));
  }
  return findings;
}

/** What an error of a call means: what is missing, or nobody there. */
function unreachable(what: string, error: Error, action: string): Finding {
  const cause = error.cause instanceof Error ? error.cause : error;
  if (/AccessDenied|UnauthorizedOperation|not authorized/i.test(`${cause.name} ${cause.message}`)) {
    return bad(`${what} may not be looked at`, `Give this identity ${action}.`);
  }
  if (/credentials|Token/i.test(cause.name)) {
    return bad(`${what} cannot be reached: no credentials`, 'Set AWS_PROFILE, or sign in.');
  }
  return bad(
    `${what} cannot be reached: ${cause.name}`,
    `See that its name, region and network are right (${cause.message.slice(0, 200)}).`,
  );
}

/** Whether a version is at least the first minor one of its major version; newer majors all are. */
function reaches(version: string, first: Readonly<Record<number, number>>): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const least = first[major];
  return least === undefined ? major > 16 : minor >= least;
}
