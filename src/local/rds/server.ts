import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorXml, resultXml } from './xml.ts';

/** Scaling limits; `pauseSeconds` counts where the minimum is 0. */
export interface Scaling {
  readonly minAcu: number;
  readonly maxAcu: number;
  readonly pauseSeconds: number;
}

/** The cluster that is described and changed. */
export interface RdsCluster {
  readonly identifier: string;
  readonly engineVersion: string;
  readonly scaling: () => Scaling;
  readonly setScaling: (scaling: Scaling) => void;
}

export interface RdsServer {
  readonly url: string;
  /** Requests by action since the start. */
  readonly calls: () => Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const MAX_ACU = 256;
const PAUSE_SECONDS = { min: 300, max: 86_400 };
const MAX_BODY_BYTES = 64 * 1024;

/** A request that RDS refuses. */
class Refused extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Starts the server on a free port. */
export async function createRdsServer(cluster: RdsCluster): Promise<RdsServer> {
  const calls: Record<string, number> = {};

  const server = createServer((request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    let status = 200;
    let body: string;
    try {
      const form = new URLSearchParams(await readAll(request));
      const action = form.get('Action') ?? '';
      const run = ACTIONS[action];
      if (!run) throw new Refused(400, 'InvalidAction', `Could not find operation ${action}`);
      calls[action] = (calls[action] ?? 0) + 1;
      body = resultXml(action, run(cluster, form), requestId);
    } catch (error) {
      const refused =
        error instanceof Refused ? error : new Refused(500, 'InternalFailure', String(error));
      status = refused.status;
      body = errorXml(refused.code, refused.message, requestId);
    }
    response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId });
    response.end(body);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => ({ ...calls }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ACTIONS: Readonly<Record<string, (cluster: RdsCluster, form: URLSearchParams) => object>> = {
  DescribeDBClusters: (cluster, form) => {
    demandCluster(cluster, form);
    return { DBClusters: { DBCluster: [describe(cluster)] } };
  },

  ModifyDBCluster: (cluster, form) => {
    demandCluster(cluster, form);
    cluster.setScaling(changed(cluster.scaling(), form));
    return { DBCluster: describe(cluster) };
  },
};

function demandCluster({ identifier }: RdsCluster, form: URLSearchParams): void {
  const asked = form.get('DBClusterIdentifier');
  if (asked !== null && asked !== identifier) {
    throw new Refused(404, 'DBClusterNotFoundFault', `DBCluster ${asked} not found.`);
  }
}

function describe({ identifier, engineVersion, scaling }: RdsCluster): object {
  const { minAcu, maxAcu, pauseSeconds } = scaling();
  return {
    DBClusterIdentifier: identifier,
    Engine: 'aurora-postgresql',
    EngineMode: 'provisioned',
    EngineVersion: engineVersion,
    Status: 'available',
    HttpEndpointEnabled: true,
    StorageEncrypted: true,
    DeletionProtection: false,
    BackupRetentionPeriod: 1,
    DBClusterMembers: {
      DBClusterMember: [{ DBInstanceIdentifier: `${identifier}-1`, IsClusterWriter: true }],
    },
    ServerlessV2ScalingConfiguration: {
      MinCapacity: minAcu,
      MaxCapacity: maxAcu,
      ...(minAcu === 0 ? { SecondsUntilAutoPause: pauseSeconds } : {}),
    },
  };
}

/** The limits after a change, refused as RDS refuses them. */
function changed(now: Scaling, form: URLSearchParams): Scaling {
  const member = (name: string): number | undefined => {
    const text = form.get(`ServerlessV2ScalingConfiguration.${name}`);
    return text === null ? undefined : Number(text);
  };
  const minAcu = member('MinCapacity') ?? now.minAcu;
  const maxAcu = member('MaxCapacity') ?? now.maxAcu;
  const pause = member('SecondsUntilAutoPause');
  const isHalf = [minAcu, maxAcu].every((acu) => Number.isInteger(acu * 2));
  if (!isHalf || minAcu < 0 || maxAcu < Math.max(1, minAcu) || maxAcu > MAX_ACU) {
    throw invalid(`Invalid Serverless V2 capacity: ${minAcu} to ${maxAcu}`);
  }
  if (pause !== undefined && minAcu > 0) {
    throw invalid('SecondsUntilAutoPause can only be set where MinCapacity is 0');
  }
  if (pause !== undefined && !(pause >= PAUSE_SECONDS.min && pause <= PAUSE_SECONDS.max)) {
    throw invalid(`SecondsUntilAutoPause must be ${PAUSE_SECONDS.min} to ${PAUSE_SECONDS.max}`);
  }
  return { minAcu, maxAcu, pauseSeconds: pause ?? now.pauseSeconds };
}

function invalid(message: string): Refused {
  return new Refused(400, 'InvalidParameterCombination', message);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
