import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleAll, FUNCTIONS } from '../src/cli/bundle.ts';
import {
  computedImports,
  linesWith,
  type ModuleUse,
  moduleUses,
  type Token,
  tokenize,
} from './support/source-code.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface SourceFile {
  /** From the project's folder, with `/`. */
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly uses: readonly ModuleUse[];
}

function filesUnder(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$/.test(name))
    .map((name) => {
      const path = `${folder}/${name.split(sep).join('/')}`;
      const tokens = tokenize(readFileSync(join(ROOT, path), 'utf8'));
      return { path, tokens, uses: moduleUses(tokens) };
    });
}

const SOURCES = filesUnder('src');
const TESTS = filesUnder('test');

/** The layers, each with what it may import beside itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  aurora: ['domain'],
  dynamodb: ['domain'],
  facade: ['domain'],
  http: ['domain', 'facade'],
  lambda: ['domain', 'aurora', 'dynamodb', 'facade', 'http'],
  client: [],
  cli: ['domain', 'aurora', 'dynamodb', 'facade', 'http', 'lambda', 'client'],
  'local/data-api': [],
  'local/dynamodb': [],
  'local/wire': [],
  'local/rds': [],
  'local/control': ['local/wire'],
  'local/dev': [
    ...['domain', 'aurora', 'dynamodb', 'facade', 'http', 'lambda'],
    ...['local/data-api', 'local/dynamodb', 'local/rds', 'local/wire', 'local/control'],
  ],
};

/** Folders whose files are entries rather than parts behind an index.ts. */
const WITHOUT_DOOR = ['lambda', 'cli', 'local/dev', 'local/control'];

/** The layer of a file: its folder under src; of `local`, the server, and for what starts them all `local/dev`. */
function layerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first !== 'local') return first;
  if (!second.includes('.')) return `local/${second}`;
  return second === 'control.ts' ? 'local/control' : 'local/dev';
}

/** The file that a relative import names, from the project's folder. */
function targetOf(file: SourceFile, { specifier }: ModuleUse): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(ROOT, resolve(ROOT, dirname(file.path), specifier))
    .split(sep)
    .join('/');
}

/** The package of an import that is not relative; undefined for Node's own. */
function packageOf({ specifier }: ModuleUse): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `file:line what` of everything that is found. */
function findings(
  files: readonly SourceFile[],
  find: (file: SourceFile, use: ModuleUse) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.uses.flatMap((use) => {
      const found = find(file, use);
      return found === undefined ? [] : [`${file.path}:${use.line} ${found}`];
    }),
  );
}

/** Where a sequence of tokens stands outside the files that may have it. */
function standing(
  files: readonly SourceFile[],
  sequence: readonly string[],
  allowed: (path: string) => boolean = () => false,
): string[] {
  return files
    .filter(({ path }) => !allowed(path))
    .flatMap(({ path, tokens }) => linesWith(tokens, sequence).map((line) => `${path}:${line}`));
}

describe('imports', () => {
  it('name files that are there, by their .ts endings', () => {
    const wrong = findings([...SOURCES, ...TESTS], (file, use) => {
      const target = targetOf(file, use);
      if (target === undefined || use.how === 'url') return undefined;
      return /\.(ts|json)$/.test(target) && existsSync(join(ROOT, target))
        ? undefined
        : use.specifier;
    });
    expect(wrong).toEqual([]);
  });

  it('are worked out at run time nowhere', () => {
    const computed = SOURCES.flatMap(({ path, tokens }) =>
      computedImports(tokens).map((line) => `${path}:${line}`),
    );
    expect(computed).toEqual([]);
  });

  it('follow the arrows between layers', () => {
    const wrong = findings(SOURCES, (file, use) => {
      const target = targetOf(file, use);
      if (target === undefined || !target.startsWith('src/')) return undefined;
      const [from, to] = [layerOf(file.path), layerOf(target)];
      if (from === to || ARROWS[from]?.includes(to)) return undefined;
      return `${from} -> ${to}`;
    });
    expect(wrong).toEqual([]);
  });

  it('enter another folder through its index.ts', () => {
    const wrong = findings([...SOURCES, ...TESTS], (file, use) => {
      const target = targetOf(file, use);
      if (target === undefined || !target.startsWith('src/') || !target.endsWith('.ts'))
        return undefined;
      const to = layerOf(target);
      if (WITHOUT_DOOR.includes(to) || target === `src/${to}/index.ts`) return undefined;
      if (file.path.startsWith('src/') && layerOf(file.path) === to) return undefined;
      // A test of a folder's parts stands in the folder of the same name, or supports those.
      if (file.path.startsWith(`test/${to}/`) || file.path.startsWith('test/support/'))
        return undefined;
      return use.specifier;
    });
    expect(wrong).toEqual([]);
  });

  it('leave src only for packages, and reach tests from nowhere', () => {
    const wrong = findings(SOURCES, (file, use) => {
      const target = targetOf(file, use);
      return target === undefined || /^(src\/|sql\/|package\.json$)/.test(target)
        ? undefined
        : use.specifier;
    });
    expect(wrong).toEqual([]);
  });

  it("say node: for Node's own modules", () => {
    const wrong = findings([...SOURCES, ...TESTS], (_file, use) =>
      builtinModules.includes(use.specifier) ? use.specifier : undefined,
    );
    expect(wrong).toEqual([]);
  });

  it('bring nothing into domain from outside', () => {
    const domain = SOURCES.filter(({ path }) => path.startsWith('src/domain/'));
    expect(domain.length).toBeGreaterThan(0);
    expect(
      findings(domain, (_file, use) => (use.specifier.startsWith('.') ? undefined : use.specifier)),
    ).toEqual([]);
  });

  it.each([
    ['kysely', ['aurora']],
    ['kysely-data-api', ['aurora']],
    ['@aws-sdk/client-rds-data', ['aurora']],
    ['@aws-sdk/client-rds', ['aurora']],
    ['@aws-sdk/client-dynamodb', ['dynamodb', 'local/dev']],
    ['@aws-sdk/lib-dynamodb', ['dynamodb']],
    ['@electric-sql/pglite', ['local/data-api']],
    ['dynalite', ['local/dynamodb']],
    ['pg', ['aurora', 'local/data-api']],
    ['pg-protocol', ['local/data-api']],
    ['zod', ['http']],
    ['hono', ['http', 'local/control', 'local/dev']],
    ['aws-lambda', ['lambda', 'local/dev']],
    ['aws-jwt-verify', ['lambda']],
    ['@aws-lambda-powertools/logger', ['lambda']],
    ['@aws-sdk/client-secrets-manager', ['lambda']],
    ['commander', ['cli']],
    ['esbuild', ['cli']],
    ['@hono/node-server', ['local/dev']],
  ])('use %s only in %s', (name, layers) => {
    const wrong = findings(SOURCES, (file, use) =>
      packageOf(use) === name && !layers.includes(layerOf(file.path)) ? use.specifier : undefined,
    );
    expect(wrong).toEqual([]);
  });

  it('name only packages of package.json, and in what deploys only its dependencies', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const types = new Set(['aws-lambda']);
    const wrong = findings([...SOURCES, ...TESTS], (file, use) => {
      const name = packageOf(use);
      if (name === undefined || name in dependencies) return undefined;
      const deploys = file.path.startsWith('src/') && !/^src\/(local|cli)\//.test(file.path);
      if (types.has(name)) return undefined;
      return name in devDependencies && !deploys ? undefined : name;
    });
    expect(wrong).toEqual([]);
  });

  it('never take the whole of zod by its name z', () => {
    // `import { z }` brings in all of its languages: 360 KB of a bundle.
    expect(standing([...SOURCES, ...TESTS], ['import', '{', 'z', '}', 'from'])).toEqual([]);
  });
});

describe('the world outside', () => {
  const readsEnv = (path: string): boolean =>
    path === 'src/lambda/config.ts' || path === 'src/local/dev.ts' || path.startsWith('src/cli/');
  // The stand-ins play the part of other machines: they have clocks of their own unless one is handed in.
  const isStandIn = (path: string): boolean =>
    /^src\/local\/(data-api|dynamodb|rds|wire)\/|^src\/local\/control\.ts$/.test(path);
  const ownsTime = (path: string): boolean => path === 'src/lambda/system.ts' || isStandIn(path);

  it('tells its variables to config.ts, dev.ts and the command line only', () => {
    expect(standing(SOURCES, ['process', '.', 'env'], readsEnv)).toEqual([]);
  });

  it.each([
    ['Date.now', ['Date', '.', 'now']],
    ['new Date()', ['new', 'Date', '(', ')']],
    ['Math.random', ['Math', '.', 'random']],
    ['randomUUID', ['randomUUID', '(']],
    ['uuidv7', ['uuidv7', '(']],
    ['performance.now', ['performance', '.', 'now']],
    ['setTimeout', ['setTimeout', '(']],
    ['setInterval', ['setInterval', '(']],
    ['setImmediate', ['setImmediate', '(']],
  ])('gives %s to system.ts only', (_name, sequence) => {
    expect(standing(SOURCES, sequence, ownsTime)).toEqual([]);
  });

  it('gives timers to system.ts only', () => {
    const wrong = findings(SOURCES, (file, use) =>
      /^node:timers/.test(use.specifier) && !ownsTime(file.path) ? use.specifier : undefined,
    );
    expect(wrong).toEqual([]);
  });
});

describe('Lambda bundles', () => {
  const outDir = mkdtempSync(join(tmpdir(), 'tandem-bundles-'));
  let bundles: Bundle[];

  beforeAll(async () => {
    bundles = await bundleAll({ outDir });
  });

  afterAll(() => rmSync(outDir, { recursive: true, force: true }));

  it('are one for each function', () => {
    expect(bundles.map(({ name }) => name)).toEqual([...FUNCTIONS]);
  });

  it('hold nothing of local/, the command line, tests, or the stand-ins', () => {
    const strange = bundles.flatMap(({ name, metafile }) =>
      Object.keys(metafile.inputs)
        .filter(
          (path) =>
            !/^((node_modules|src\/(domain|aurora|dynamodb|facade|http|lambda))\/|left-out:)/.test(
              path,
            ) || /pglite|dynalite|node-server/.test(path),
        )
        .map((path) => `${name}: ${path}`),
    );
    expect(strange).toEqual([]);
  });

  it("import nothing at run time but Node's own modules", () => {
    const outside = bundles.flatMap(({ name, metafile }) =>
      Object.values(metafile.outputs)
        .flatMap(({ imports }) => imports)
        .filter(({ path }) => !path.startsWith('node:') && !builtinModules.includes(path))
        .filter(({ path }) => path !== 'pg-native')
        // Chunks of the bundle itself, loaded when they are needed.
        .filter(({ path }) => !(path in metafile.outputs))
        .map(({ path }) => `${name}: ${path}`),
    );
    expect(outside).toEqual([]);
  });

  it('of the migrations carry them', () => {
    const names = readdirSync(join(ROOT, 'sql/migrations'));
    expect(readdirSync(join(outDir, 'migrate/migrations')).sort()).toEqual(names.sort());
  });
});
