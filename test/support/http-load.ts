import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

/** A load of POST requests, as a client outside of the server's process makes it. */
export interface HttpLoad {
  readonly url: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly callers: number;
}

/** A process that sends one load whenever it is told to. */
export interface LoadGenerator {
  /** Sends for so long; answers the requests a second that succeeded. Errors: the first that did not. */
  run(ms: number): Promise<number>;
  stop(): Promise<unknown>;
}

export function startLoad(load: HttpLoad): LoadGenerator {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--import', 'tsx'] });
  child.send(load);
  return {
    async run(ms) {
      child.send(ms);
      const [answer] = (await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(([status]) => [`The load generator ended with ${status}.`]),
      ])) as [number | string];
      if (typeof answer === 'string') throw new Error(answer);
      return answer;
    },
    stop() {
      child.kill();
      return once(child, 'exit');
    },
  };
}

function serveLoad({ url, bodies, callers }: HttpLoad): void {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const { hostname, port, pathname } = new URL(url);
  const post = (body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-length': Buffer.byteLength(body) };
      const target = { hostname, port, path: pathname, method: 'POST', agent, headers };
      const sent = request(target, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`The server answered ${response.statusCode}.`));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  process.on('message', async (ms: number) => {
    const endMs = performance.now() + ms;
    let count = 0;
    const callersDone = Array.from({ length: callers }, async (_, caller) => {
      for (let n = caller; performance.now() < endMs; n += callers) {
        await post(bodies[n % bodies.length] as string);
        count++;
      }
    });
    await Promise.all(callersDone).then(
      () => process.send?.(count / (ms / 1000)),
      (error: Error) => process.send?.(error.message),
    );
  });
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (load: HttpLoad) => serveLoad(load));
}
