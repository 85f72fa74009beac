import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { mainQueries } from './main-queries.ts';

/** Where the main queries are kept for review. */
const FOLDER = new URL('../../sql/queries/', import.meta.url);

await mkdir(FOLDER, { recursive: true });
for (const name of await readdir(FOLDER)) await rm(new URL(name, FOLDER));
for (const [name, text] of mainQueries()) await writeFile(new URL(name, FOLDER), text);
