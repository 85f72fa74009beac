import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * What the SDK loads only outside of Lambda: credentials from files, sign-ons and instances, the reader of
 * browsers' names, event streams. On Lambda credentials stand in the environment.
 */
const NEVER_ON_LAMBDA =
  /^(?:@aws-sdk\/credential-provider-(?:sso|ini|login|process|web-identity)|@smithy\/credential-provider-imds|@smithy\/core\/event-streams|bowser)$/;

/** The driver of a direct connection, a tenth of each zip: there for who packages with `AURORA_CONNECTION=direct`. */
const DIRECT_ONLY = /^pg$/;

/** What the warmer alone loads; esbuild packs whatever a module might load, used or not. */
const WARMER_ONLY = /^@aws-sdk\/client-rds$/;

/**
 * What Kysely and the dialect import at once and no query of ours reaches: statements that define tables, the
 * readers of a database's structure, the other vendor. Each module by the class that it exports.
 */
const NEVER_QUERIED: Readonly<Record<string, string>> = {
  'schema/schema.js': 'SchemaModule',
  'plugin/with-schema/with-schema-transformer.js': 'WithSchemaTransformer',
  'dialect/mysql/mysql-introspector.js': 'MysqlIntrospector',
  'dialect/mysql/mysql-query-compiler.js': 'MysqlQueryCompiler',
  'dialect/postgres/postgres-introspector.js': 'PostgresIntrospector',
};

/** Leaves out what never runs on Lambda, or not in this function: a half of each zip. Loaded after all, it says so. */
export const withoutWhatNeverRuns = (functionName: string): Plugin => ({
  name: 'without-what-never-runs',
  setup({ onResolve, onLoad }) {
    const isDirect = process.env.AURORA_CONNECTION === 'direct';
    const unused = [
      NEVER_ON_LAMBDA,
      ...(isDirect ? [] : [DIRECT_ONLY]),
      ...(functionName === 'warmer' ? [] : [WARMER_ONLY]),
    ];
    for (const filter of unused) {
      onResolve({ filter }, ({ path, kind }) =>
        // What is imported at once is needed at once, whatever it is.
        kind === 'dynamic-import' ? { path, namespace: 'left-out' } : undefined,
      );
    }
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: refusal(path) }));
    onLoad({ filter: /[\\/]kysely[\\/]dist[\\/]esm[\\/].*\.js$/ }, ({ path }) => {
      const name = path.split(sep).join('/').split('/kysely/dist/esm/')[1] ?? '';
      const exported = NEVER_QUERIED[name];
      if (exported === undefined) return undefined;
      return { contents: `export class ${exported} { constructor() { ${refusal(exported)} } }` };
    });
  },
});

function refusal(what: string): string {
  return `throw new Error(${JSON.stringify(`${what} is not part of this bundle: README, "Deploying".`)});`;
}

/**
 * Maps each module of a package to its first line: a trace names the package's file, and maps are a third
 * of what they would be. Ours are mapped line by line.
 */
export function withoutMapsOfPackages(root: string): Plugin {
  return {
    name: 'without-maps-of-packages',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => {
        const source = relative(root, path).split(sep).join('/');
        const map = { version: 3, sources: [source], sourcesContent: [''], mappings: 'AAAA' };
        const inline = Buffer.from(JSON.stringify(map)).toString('base64');
        const text = await readFile(path, 'utf8');
        const contents = `${text}\n//# sourceMappingURL=data:application/json;base64,${inline}`;
        return { contents, loader: 'js' };
      });
    },
  };
}
