import { runFolder } from '../support/runner.ts';

await runFolder(new URL('.', import.meta.url), process.argv.slice(2));
