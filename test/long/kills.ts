import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { quantile } from '../support/table.ts';

/** Kills the process this often, unless told otherwise. */
const KILLS = 30;
const WRITERS = 6;

/**
 * Kills the real process under load again and again, on one data folder, and reads back everything that
 * was ever acknowledged. Throws when anything is lost.
 */
export async function run([kills = String(KILLS)]: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-kills-'));
  const env = { DATA_DIR: folder };
  const acknowledged = new Map<string, Set<string>>();
  const starts: number[] = [];
  const repairs: number[] = [];
  let writes = 0;
  try {
    for (let round = 0; round < Number(kills); round++) {
      const beganMs = performance.now();
      const service = await startService(env);
      starts.push(performance.now() - beganMs);
      const call = clientOf(service.url);
      const upMs = performance.now();
      if ((await call('POST', '/__local/settle')).status !== 200) {
        throw new Error('What was pending does not settle');
      }
      repairs.push(performance.now() - upMs);
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; ; n++) {
          const id = `k-${round}-${writer}-${n}`;
          const put = await call('PUT', `/v1/articles/${id}`, { title: id });
          if (put.status !== 201) continue;
          acknowledged.set(id, new Set());
          writes++;
          const output = await call('PUT', `/v1/articles/${id}/ai-outputs/note`, { output: id });
          if (output.status === 201) acknowledged.get(id)?.add('note');
          writes++;
        }
      });
      const cut = Promise.allSettled(writers);
      const goal = writes + 20 + Math.floor(Math.random() * 60);
      while (writes < goal) await new Promise((resolve) => setImmediate(resolve));
      await service.kill();
      await cut;
    }
    const service = await startService(env);
    const call = clientOf(service.url);
    let lost = 0;
    for (const [id, kinds] of acknowledged) {
      const got = await call('GET', `/v1/articles/${id}?include=note`);
      if (got.status !== 200) lost++;
      else if (kinds.has('note') && got.json.aiOutputs.note.output !== id) lost++;
    }
    const settled = await call('POST', '/__local/settle');
    await service.stop();
    const ms = (of: readonly number[]): string =>
      `${Math.round(quantile(of, 0.5))} ms (median), ${Math.round(quantile(of, 1))} ms (longest)`;
    process.stdout.write(
      `${kills} kills, ${writes} acknowledged writes, ${lost} lost; ready again after ${ms(starts)}; all repaired ${ms(repairs)} later; settled at the end: ${settled.status}\n`,
    );
    if (lost > 0 || settled.status !== 200)
      throw new Error(`${lost} acknowledged writes were lost`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
