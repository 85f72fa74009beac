import { defineConfig } from 'vitest/config';
import { findPostgres } from './support/postgres.ts';

const withPostgres = Boolean(process.env.TEST_DATABASE_URL ?? findPostgres());
if (!withPostgres) {
  process.stderr.write(
    'PostgreSQL: no programs found and TEST_DATABASE_URL is not set; what follows ran on PGlite only.\n',
  );
}

const shared = {
  root: new URL('..', import.meta.url).pathname,
  // The AWS SDK prints a notice about Node 20 for every client; it would drown the report.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 30_000,
  hookTimeout: 90_000,
};

/** Of those what is about processes, DynamoDB or the clock: to another engine it is the same. */
const ENGINE_FREE = [
  'test/e2e/control.test.ts',
  'test/e2e/one-output.test.ts',
  'test/e2e/openapi-fuzz.test.ts',
  'test/e2e/outputs.contract.test.ts',
  'test/e2e/process.test.ts',
  'test/e2e/sleep.test.ts',
  'test/local/data-api/simulator.test.ts',
  'test/local/data-api/warm-year.test.ts',
];

/** Everything runs on PGlite; what reaches SQL runs on PostgreSQL too, where there is one. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: withPostgres ? [new URL('support/global-setup.ts', import.meta.url).pathname] : [],
    projects: [
      {
        test: {
          ...shared,
          name: 'pglite',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/support/engine-pglite.ts'],
        },
      },
      ...(withPostgres
        ? [
            {
              test: {
                ...shared,
                name: 'postgres',
                include: [
                  'test/aurora/**/*.test.ts',
                  'test/local/data-api/**/*.test.ts',
                  'test/e2e/**/*.test.ts',
                ],
                exclude: ENGINE_FREE,
                setupFiles: ['test/support/engine-postgres.ts'],
              },
            },
          ]
        : []),
    ],
  },
});
