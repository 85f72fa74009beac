import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BEHAVIOURS } from '../local/dynamodb/conformance/index.ts';
import { type Modules, observe } from '../local/dynamodb/conformance/subject.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fault planted in a copy of the server: `find` stands once in `file` and becomes `replace`. */
interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'items may have 401 KB',
    file: 'dynamodb/item-limits.ts',
    find: '400 * 1024',
    replace: '401 * 1024',
  },
  {
    name: 'text is measured in characters',
    file: 'dynamodb/attribute-value.ts',
    find: "if (value.S !== undefined) return Buffer.byteLength(value.S, 'utf8');",
    replace: 'if (value.S !== undefined) return value.S.length;',
  },
  {
    name: 'keys are measured in characters',
    file: 'dynamodb/item-key.ts',
    find: "Buffer.byteLength(text, 'utf8')",
    replace: 'text.length',
  },
  {
    name: 'a batch get answers up to 17 MB',
    file: 'dynamodb/read-items.ts',
    find: '16 * 1024 * 1024',
    replace: '17 * 1024 * 1024',
  },
  {
    name: 'keys left over forget their projection',
    file: 'dynamodb/read-items.ts',
    find: 'unprocessed[name] ??= { ...sent, Keys: [] }',
    replace: 'unprocessed[name] ??= { Keys: [] }',
  },
  {
    name: 'a batch write takes a key twice',
    file: 'dynamodb/write-items.ts',
    find: 'if (seen.has(key)) {',
    replace: 'if (seen.has(key) && seen.size > 99) {',
  },
  {
    name: 'a page ends at 2 MB',
    file: 'dynamodb/read-pages.ts',
    find: 'const MAX_PAGE_BYTES = 1024 * 1024',
    replace: 'const MAX_PAGE_BYTES = 2048 * 1024',
  },
  {
    name: 'consistent reads lag, too',
    file: 'dynamodb/engine.ts',
    find: 'return consistent ? item : this.#lag',
    replace: 'return this.#lag',
  },
  {
    name: 'writes of one key do not wait for each other',
    file: 'dynamodb/key-lock.ts',
    find: 'await before;',
    replace: '',
  },
  {
    name: 'a write that changes nothing leaves a record',
    file: 'dynamodb/write-recorder.ts',
    find: 'if (unchanged) return;',
    replace: '',
  },
  {
    name: 'a batch goes on from the highest record that failed',
    file: 'dynamodb/batch-answer.ts',
    find: 'from = Math.min(from, index)',
    replace: 'from = from === Number.POSITIVE_INFINITY ? index : Math.max(from, index)',
  },
  {
    name: 'splits count as retries',
    file: 'dynamodb/stream-poller.ts',
    find: 'const shared = { retries: part.retries, calls: part.calls };',
    replace: 'const shared = { retries: part.retries + 1, calls: part.calls };',
  },
  {
    name: 'a removal by time to live is not signed',
    file: 'dynamodb/time-to-live.ts',
    find: '{ ...change, byTimeToLive: true }',
    replace: '{ ...change }',
  },
  {
    name: 'a cancelled transaction is stored all the same',
    file: 'dynamodb/transactions.ts',
    find: 'cancelled.body.CancellationReasons = reasons;',
    replace: 'cancelled.body.CancellationReasons = []; return;',
  },
  {
    name: 'a transaction is repeated under its token',
    file: 'dynamodb/transactions.ts',
    find: 'if (known) return known.done;',
    replace: '',
  },
  {
    name: 'expressions may have 301 operators',
    file: 'dynamodb/expression-limits.ts',
    find: 'MAX_OPERATORS = 300',
    replace: 'MAX_OPERATORS = 301',
  },
  {
    name: 'a connection dropped after the effect is dropped before it',
    file: 'dynamodb/http-server.ts',
    find: "if (verdict.kind === 'drop') {",
    replace: "if (verdict.kind === 'drop' || (verdict.kind === 'pass' && verdict.drop)) {",
  },
  {
    name: 'attempts that fail are not counted',
    file: 'wire/wire.ts',
    find: 'counter.arrived(service, operation, requestBytes);\n        const { verdict, waitMs } = strike(service, operation);',
    replace:
      "const { verdict, waitMs } = strike(service, operation);\n        if (verdict.kind === 'pass') counter.arrived(service, operation, requestBytes);",
  },
];

/**
 * Plants one fault after the other in a copy of the local DynamoDB server and runs all behaviours on it.
 * Throws when a fault stays unseen, or when a behaviour fails without one.
 */
export async function run([wanted]: readonly string[]): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const folder = mkdtempSync(join(tmpdir(), 'tandem-mutants-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  try {
    const untouched = await failuresOf(copyOf(folder, 'untouched'));
    if (untouched.length > 0) throw new Error(`Fails without a fault: ${untouched.join('; ')}`);
    const unseen: string[] = [];
    const chosen = MUTANTS.filter(({ name }) => wanted === undefined || name.includes(wanted));
    for (const [index, mutant] of chosen.entries()) {
      const failures = await failuresOf(copyOf(folder, `m${index}`, mutant));
      if (failures.length === 0) unseen.push(mutant.name);
      const verdict = failures.length === 0 ? 'UNSEEN' : `caught by ${failures.length}`;
      process.stdout.write(`${verdict.padEnd(12)} ${mutant.name}\n`);
      for (const failure of failures.slice(0, 3))
        process.stdout.write(`${' '.repeat(15)}${failure}\n`);
    }
    const count = Object.values(BEHAVIOURS).flat().length;
    process.stdout.write(
      `${chosen.length - unseen.length} of ${chosen.length} planted faults caught by ${count} behaviours\n`,
    );
    if (unseen.length > 0) throw new Error(`Unseen: ${unseen.join('; ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of both servers' folders, with a fault in it where one is given; returns where it lies. */
function copyOf(folder: string, name: string, mutant?: Mutant): string {
  const copy = join(folder, name);
  for (const part of ['dynamodb', 'wire']) {
    cpSync(join(ROOT, 'src/local', part), join(copy, part), { recursive: true });
  }
  if (mutant) {
    const path = join(copy, mutant.file);
    const source = readFileSync(path, 'utf8');
    const parts = source.split(mutant.find);
    if (parts.length !== 2) {
      throw new Error(
        `"${mutant.find}" stands ${parts.length - 1} times in ${mutant.file}, not once`,
      );
    }
    writeFileSync(path, parts.join(mutant.replace));
  }
  return copy;
}

/** The behaviours that the server in this folder does not show. */
async function failuresOf(copy: string): Promise<string[]> {
  const load = (part: string) => import(pathToFileURL(join(copy, part, 'index.ts')).href);
  const modules = { ...(await load('dynamodb')), ...(await load('wire')) } as Modules;
  const failures: string[] = [];
  for (const behaviour of Object.values(BEHAVIOURS).flat()) {
    const shown = observe(modules, behaviour).then(
      () => true,
      () => false,
    );
    if (!(await inTime(shown))) failures.push(behaviour.name);
  }
  return failures;
}

/** A fault may make a behaviour wait for ever; without one the slowest takes about a second. */
const BEHAVIOUR_MS = 10_000;

async function inTime(shown: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), BEHAVIOUR_MS);
  });
  const result = await Promise.race([shown, late]);
  clearTimeout(timer);
  return result;
}
