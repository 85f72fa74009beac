import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Runs the programs of a folder: each `name.ts` exports `run(args)`, which prints what it found and
 * throws when a bar is not met. `argv` names one of them and its arguments, or none for all.
 */
export async function runFolder(folder: URL, argv: readonly string[]): Promise<void> {
  const names = readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -3))
    .sort();
  const [wanted, ...args] = argv;
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new Error(`There is no "${wanted}" here; there are: ${names.join(', ')}.`);
  }
  for (const name of wanted === undefined ? names : [wanted]) {
    process.stdout.write(`\n${name}\n${'-'.repeat(name.length)}\n`);
    const path = fileURLToPath(new URL(`${name}.ts`, folder));
    const program = (await import(pathToFileURL(path).href)) as {
      run(args: readonly string[]): Promise<void>;
    };
    await program.run(wanted === undefined ? [] : args);
  }
}
