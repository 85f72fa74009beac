import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** An input that can be read more than once. */
export interface Source {
  /** As it is named in messages. */
  readonly name: string;
  /** Undefined where it cannot be known. */
  readonly sizeBytes: number | undefined;
  read(): AsyncIterable<Uint8Array>;
  /** Takes away what reading left behind. */
  dispose(): Promise<void>;
}

/** Opens the named files; `-` is standard input. Errors: of the file system, before anything was read. */
export async function openSources(
  names: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<Source[]> {
  if (names.filter((name) => name === '-').length > 1) {
    throw new Error('standard input ("-") can be named once');
  }
  return Promise.all(names.map((name) => (name === '-' ? spooled(stdin) : fileSource(name))));
}

async function fileSource(path: string): Promise<Source> {
  const handle = await open(path, 'r');
  const facts = await handle.stat().finally(() => handle.close());
  if (facts.isDirectory()) throw new Error(`${path} is a folder`);
  // What is no plain file (a pipe, say) gives its bytes once: it is kept like standard input.
  if (!facts.isFile()) return spooled(createReadStream(path), path);
  return {
    name: basename(path),
    sizeBytes: facts.size,
    read: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
    dispose: async () => {},
  };
}

/** Bytes that come once, kept in a temporary file while they are read for the first time. */
async function spooled(bytes: AsyncIterable<Uint8Array>, name = '-'): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-import-'));
  const path = join(folder, 'input.ndjson');
  let kept = false;

  async function* readAndKeep(): AsyncGenerator<Uint8Array> {
    const file = createWriteStream(path);
    try {
      for await (const chunk of bytes) {
        if (!file.write(chunk)) await once(file, 'drain');
        yield chunk;
      }
    } finally {
      file.end();
      await once(file, 'close');
    }
    kept = true;
  }

  return {
    name,
    sizeBytes: undefined,
    read: () => (kept ? createReadStream(path) : readAndKeep()),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
