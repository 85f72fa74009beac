import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerCustomResource, isCustomResource } from '../../src/lambda/custom-resource.ts';
import { TestClock } from '../support/clock.ts';

interface Received {
  readonly contentType: string | undefined;
  readonly body: Record<string, string>;
}

let server: Server;
let url: string;
let received: Received[];
let failures: number;

beforeEach(async () => {
  received = [];
  failures = 0;
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      response.writeHead(failures-- > 0 ? 500 : 200).end();
      if (response.statusCode === 200) {
        received.push({ contentType: request.headers['content-type'], body: JSON.parse(text) });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/signed?x=1`;
});

afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

const event = (RequestType: 'Create' | 'Update' | 'Delete', id?: string) => ({
  RequestType,
  ResponseURL: url,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Migrations',
  ...(id === undefined ? {} : { PhysicalResourceId: id }),
});

describe('a custom resource', () => {
  it('is known by its address', () => {
    expect([event('Create'), {}, undefined, 'x'].map(isCustomResource)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('is told done, under one id for good, without a content type', async () => {
    const made = await answerCustomResource(event('Create'), new TestClock(), async () => 42);
    await answerCustomResource(event('Update', 'Migrations'), new TestClock(), async () => 42);
    expect(made).toBe(42);
    expect(received).toEqual(
      Array(2).fill({
        contentType: undefined,
        body: {
          Status: 'SUCCESS',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'Migrations',
          PhysicalResourceId: 'Migrations',
        },
      }),
    );
  });

  it('is told failed, with a reason of bounded length, and the function fails too', async () => {
    const fails = answerCustomResource(event('Update', 'm'), new TestClock(), async () => {
      throw new Error('0009 failed: '.padEnd(5_000, 'x'));
    });
    await expect(fails).rejects.toThrow('0009 failed');
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'm' });
    expect(received[0]?.body.Reason).toHaveLength(1_000);
  });

  it('does nothing when it is taken away', async () => {
    let ran = false;
    await answerCustomResource(event('Delete', 'm'), new TestClock(), async () => {
      ran = true;
    });
    expect([ran, received[0]?.body.Status]).toEqual([false, 'SUCCESS']);
  });

  it('answers again when the answer is lost, and gives up in the end', async () => {
    failures = 3;
    await answerCustomResource(event('Create'), new TestClock(), async () => undefined);
    expect(received).toHaveLength(1);
    failures = 99;
    const lost = answerCustomResource(event('Create'), new TestClock(), async () => undefined);
    await expect(lost).rejects.toThrow('answered 500');
  });
});
