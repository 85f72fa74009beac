import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { withoutMapsOfPackages, withoutWhatNeverRuns } from './bundle-plugins.ts';

/** The functions that deploy: one entry in src/lambda and one bundle each. */
export const FUNCTIONS = ['api', 'projector', 'warmer', 'relay', 'migrate'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the bundles are put, as the handlers in serverless.yml name them. */
export const BUNDLE_DIR = join(ROOT, 'dist/lambda');

export interface BundleOptions {
  readonly outDir?: string;
  /** Off unless given: it is what a stack trace needs, and half the size of a function. */
  readonly sourcemap?: boolean;
}

export interface Bundle {
  readonly name: FunctionName;
  /** The module that exports `handler`. */
  readonly file: string;
  /** What went into it. */
  readonly metafile: Metafile;
}

const SETTINGS = {
  absWorkingDir: ROOT,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'later/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  sourcesContent: false,
  logLevel: 'error',
  external: ['pg-native'],
  // Packages written in CommonJS (pg) call `require` for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/**
 * Bundles one function into one ESM file with everything it needs: no node_modules at run time, so the
 * SDK's version is the tested one and a cold start reads one file. `module` before `main`, or esbuild
 * takes the CommonJS builds of the SDK, which are twice the size.
 */
export async function bundleFunction(
  name: FunctionName,
  { outDir = BUNDLE_DIR, sourcemap = false }: BundleOptions = {},
): Promise<Bundle> {
  const folder = join(outDir, name);
  const file = join(folder, 'index.mjs');
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...SETTINGS,
    entryPoints: { index: `src/lambda/${name}.ts` },
    outdir: folder,
    sourcemap: sourcemap ? 'linked' : false,
    plugins: [withoutWhatNeverRuns(name), ...(sourcemap ? [withoutMapsOfPackages(ROOT)] : [])],
    metafile: true,
  });
  if (name === 'migrate') await copyMigrations(join(folder, 'migrations'));
  return { name, file, metafile };
}

/** Bundles all functions. */
export function bundleAll(options?: BundleOptions): Promise<Bundle[]> {
  return Promise.all(FUNCTIONS.map((name) => bundleFunction(name, options)));
}

/** Bundles the client of the HTTP contract, as the package exports it. */
export async function bundleClient(): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'src/client/index.ts' },
    outdir: 'dist/client',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    logLevel: 'error',
  });
}

/** Bundles the SDK's two clients, whole and with nothing of ours, as a measure of what a cold start takes anyway; answers with the module's path. */
export async function bundleBareClients(outDir: string): Promise<string> {
  await build({
    ...SETTINGS,
    stdin: {
      contents: `
        export * as aurora from '@aws-sdk/client-rds-data';
        export * as dynamodb from '@aws-sdk/client-dynamodb';`,
      resolveDir: ROOT,
      sourcefile: 'index.ts',
    },
    entryNames: 'index',
    plugins: [withoutWhatNeverRuns('baseline')],
    outdir: outDir,
  });
  return join(outDir, 'index.mjs');
}

async function copyMigrations(folder: string): Promise<void> {
  const from = join(ROOT, 'sql/migrations');
  await mkdir(folder, { recursive: true });
  const names = (await readdir(from)).filter((name) => name.endsWith('.sql'));
  await Promise.all(names.map((name) => copyFile(join(from, name), join(folder, name))));
}
