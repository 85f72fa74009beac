import { fuzz } from '../support/fuzz/run.ts';
import { startService } from '../support/service.ts';

/** Requests of each sort, unless told otherwise. */
const COUNT = 10_000;

/** Sends good and broken requests made of the OpenAPI document. Throws when one is answered as it must not be. */
export async function run([count = String(COUNT), seed = '1']: readonly string[]): Promise<void> {
  const service = await startService();
  try {
    const { good, broken, succeeded, faults } = await fuzz(
      service.url,
      Number(count),
      Number(seed),
    );
    process.stdout.write(`good requests by status    ${JSON.stringify(good)}\n`);
    process.stdout.write(`broken requests by status  ${JSON.stringify(broken)}\n`);
    process.stdout.write(`operations that succeeded  ${succeeded.size}\n`);
    for (const fault of faults.slice(0, 20)) process.stdout.write(`${fault}\n`);
    if (faults.length > 0) throw new Error(`${faults.length} answers were not as they must be.`);
  } finally {
    await service.stop();
  }
}
