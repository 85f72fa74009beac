import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOf } from '../support/http.ts';
import { answers, fillForRuns, putBadRun } from '../support/runs.ts';
import { startService } from '../support/service.ts';

/** Outputs of the run, unless told otherwise. */
const OUTPUTS = 10_000;

/**
 * Reverts a run of many outputs, killing the process once on the way, and asks before and after what the
 * run can change. Throws where an answer differs. Argument: how many outputs (10,000).
 */
export async function run([given]: readonly string[]): Promise<void> {
  const total = Number(given ?? OUTPUTS);
  const folder = mkdtempSync(join(tmpdir(), 'tandem-runs-'));
  const env = { DATA_DIR: folder };
  let service = await startService(env);
  let call = clientOf(service.url);
  try {
    await fillForRuns(call, total);
    await settle();
    const before = await answers(call);
    await putBadRun(call, total);
    await settle();
    const began = performance.now();
    await call('POST', '/v1/runs/bad/revert');
    while ((await progress()).reverted < total / 3) await pause(200);
    await service.kill();
    service = await startService(env);
    call = clientOf(service.url);
    await settle();
    const seconds = (performance.now() - began) / 1000;
    const ended = await progress();
    const after = await answers(call);
    const different = after.filter((answer, at) => answer !== before[at]);
    process.stdout.write(
      `${JSON.stringify(ended)} after ${Math.round(seconds)} s and a kill, ${Math.round(total / seconds)} outputs/s; ` +
        `${different.length} of ${before.length} questions answered differently\n`,
    );
    const isWhole =
      ended.state === 'reverted' && ended.outputs === total && ended.reverted === total;
    if (!isWhole || different.length > 0) throw new Error(different.join('\n').slice(0, 2_000));
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  async function progress(): Promise<{ outputs: number; reverted: number; state: string }> {
    return (await call('GET', '/v1/runs/bad')).json;
  }

  async function settle(): Promise<void> {
    // Each call waits a minute at most.
    while ((await call('POST', '/__local/settle')).status !== 200);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
