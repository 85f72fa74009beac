import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The data folder belongs to another live process, or cannot be used; `message` is one line for a person. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/** A data folder held by this process. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Who holds a folder. `started` tells a process from a later one that got its number. */
interface Holder {
  readonly pid: number;
  readonly started: string;
}

/** The first lock of a folder; one that takes over from a dead process is `lock.1`, the next `lock.2`. */
const LOCK_NAME = 'lock';
const GENERATION = /^lock(?:\.([1-9]\d*))?$/;

/** Times that another process may come in between before this one gives up. */
const ATTEMPTS = 5;

let drafts = 0;

/**
 * Makes the folder and takes it for this process. A lock left behind by a process that was killed does
 * not count. Errors: `LockError`.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  const draft = join(folder, `${LOCK_NAME}.${process.pid}-${++drafts}`);
  try {
    await makeFolder(folder);
    await writeFile(draft, JSON.stringify(mine));
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const path = await take(folder, draft);
      if (path !== undefined) return { release: () => rm(path, { force: true }) };
    }
    throw new LockError(`The data folder ${folder} is being taken by other processes.`);
  } catch (error) {
    if (error instanceof LockError) throw error;
    throw new LockError(`The data folder ${folder} cannot be used: ${reasonOf(error)}.`);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/**
 * Tries to be the next generation, and gives its path; undefined where another came in between.
 *
 * A dead lock is never removed before a live one of a higher generation stands beside it, and of those who
 * saw the same dead one only one can make the next. Whoever made one looks again, and gives way to any other
 * live one: of two who did not see each other's before, at least one sees it then.
 */
async function take(folder: string, draft: string): Promise<string | undefined> {
  const before = await readLocks(folder);
  refuseLive(folder, before);
  const generation = Math.max(-1, ...before.map((lock) => lock.generation)) + 1;
  const path = join(folder, generation === 0 ? LOCK_NAME : `${LOCK_NAME}.${generation}`);
  // A link appears with its content or not at all, and never replaces another.
  if (!(await linked(draft, path))) return undefined;
  const others = (await readLocks(folder)).filter((lock) => lock.path !== path);
  if (others.some(({ holder }) => holder && isAlive(holder))) {
    await rm(path, { force: true });
    return undefined;
  }
  for (const dead of before) await rm(dead.path, { force: true });
  return path;
}

interface Lock {
  readonly path: string;
  readonly generation: number;
  /** Undefined where the file is broken. */
  readonly holder: Holder | undefined;
}

async function readLocks(folder: string): Promise<Lock[]> {
  const locks: Lock[] = [];
  for (const name of await readdir(folder)) {
    const match = GENERATION.exec(name);
    if (!match) continue;
    const path = join(folder, name);
    const holder = parseHolder(await readFile(path, 'utf8').catch(() => ''));
    locks.push({ path, generation: Number(match[1] ?? 0), holder });
  }
  return locks;
}

function refuseLive(folder: string, locks: readonly Lock[]): void {
  for (const { holder } of locks) {
    if (holder && isAlive(holder)) {
      throw new LockError(`The data folder ${folder} is in use by process ${holder.pid}.`);
    }
  }
}

/** One level at a time: Node's recursive form never ends where the system lets nothing be made, as below /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(text) as { pid?: unknown; started?: unknown };
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  const found = startOf(pid);
  return found !== undefined && (found === '' || started === '' || found === started);
}

/** When a process began, in whatever form the system tells it; empty where it does not; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A killed process whose parent has not noticed yet.
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      // Field 22, "starttime"; the slice begins with field 3. Source: proc_pid_stat(5).
      return fields[19] ?? '';
    }
    if (process.platform === 'win32') return '';
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
