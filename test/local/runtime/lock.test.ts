import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockError, lockFolder } from '../../../src/local/runtime-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-lock-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const module = new URL('../../../src/local/runtime-lock.ts', import.meta.url).href;

/** A process that takes the folder, says so, and lives until it is killed. */
async function holder() {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(module)});
    await lockFolder(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('data folder lock', () => {
  it('leaves nothing behind once it is given back', async () => {
    const lock = await lockFolder(join(folder, 'new'));
    expect(await readdir(join(folder, 'new'))).toEqual(['lock']);
    await lock.release();
    expect(await readdir(join(folder, 'new'))).toEqual([]);
  });

  it('refuses a folder that another live process holds, and takes it once that was killed', async () => {
    const child = await holder();
    await expect(lockFolder(folder)).rejects.toThrow(
      new LockError(`The data folder ${folder} is in use by process ${child.pid}.`),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lockFolder(folder)).release();
  });

  it('is not held by a later process with the same number', async () => {
    const { pid } = process;
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid, started: 'long ago' }));
    await lockFolder(folder);
    const [held, ...others] = await readdir(folder);
    expect(others).toEqual([]);
    expect(JSON.parse(await readFile(join(folder, held ?? ''), 'utf8')).started).not.toBe(
      'long ago',
    );
  });

  it.each(['', '{"pid":', '{"pid":"x"}'])('is not held by a broken lock file: %s', async (text) => {
    await writeFile(join(folder, 'lock'), text);
    await lockFolder(folder);
  });

  it('goes to one of many who take a dead lock at once, again and again', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = JSON.stringify({ pid, started: 'x' });
    for (let round = 0; round < 50; round++) {
      const here = join(folder, String(round));
      await mkdir(here);
      await writeFile(join(here, round % 2 === 0 ? 'lock' : 'lock.7'), dead);
      if (round % 3 === 0) await writeFile(join(here, 'lock.8'), dead);
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(here)));
      const won = results.filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await readdir(here)).toHaveLength(1);
    }
  });

  it('tells in one line when the folder cannot be used', async () => {
    await writeFile(join(folder, 'file'), '');
    const failure = lockFolder(join(folder, 'file'));
    await expect(failure).rejects.toThrow(LockError);
    await expect(failure).rejects.toThrow(/^The data folder .* cannot be used: [^\n]+$/);
  });
});
