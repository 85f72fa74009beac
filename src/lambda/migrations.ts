import { readdir, readFile } from 'node:fs/promises';
import type { Migration } from '../aurora/index.ts';

/** Beside the bundle of the migrate function, and in the repository. */
const FOLDERS = [
  new URL('./migrations/', import.meta.url),
  new URL('../../sql/migrations/', import.meta.url),
];

/** Reads the migrations that came with this code, in no particular order. Errors: of the file system. */
export async function readMigrations(): Promise<Migration[]> {
  for (const folder of FOLDERS) {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (names === undefined) continue;
    return Promise.all(
      names
        .filter((name) => name.endsWith('.sql'))
        .map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
    );
  }
  throw new Error('No folder of migrations was found beside the code.');
}
