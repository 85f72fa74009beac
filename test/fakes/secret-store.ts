import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Secrets Manager's `GetSecretValue` over its own protocol, for one secret with versions. */
export interface SecretStore {
  readonly url: string;
  readonly arn: string;
  /** Stages asked for so far. */
  readonly asked: string[];
  /** Puts a new current value; the one before it becomes the previous one. */
  put(value: string): void;
  /** Answers with an error from now on, or no longer. */
  fail(failing: boolean): void;
  close(): Promise<void>;
}

export async function startSecretStore(first: string): Promise<SecretStore> {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:page-tokens-AbCdEf';
  const values: string[] = [first];
  const asked: string[] = [];
  let failing = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(body));
      };
      const { SecretId, VersionStage } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      asked.push(VersionStage);
      const known = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      if (failing) return answer(500, { __type: 'InternalServiceError', message: 'down' });
      const value = values.at(VersionStage === 'AWSPREVIOUS' ? -2 : -1);
      if (!known || SecretId !== arn || value === undefined) {
        return answer(400, { __type: 'ResourceNotFoundException', Message: 'no such version' });
      }
      answer(200, { ARN: arn, SecretString: value, VersionStages: [VersionStage] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arn,
    asked,
    put: (value) => void values.push(value),
    fail: (now) => {
      failing = now;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
