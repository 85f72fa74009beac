import { writeFile } from 'node:fs/promises';
import { generateContract } from './generate-client.ts';

// `npm run client`: writes the client's types anew.

const FOLDER = new URL('../client/', import.meta.url);

await writeFile(new URL('contract.ts', FOLDER), await generateContract());
