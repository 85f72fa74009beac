import { findPostgres, startPostgres } from './postgres.ts';

/** Starts one PostgreSQL for the whole run, unless `TEST_DATABASE_URL` names one. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_DATABASE_URL) return undefined;
  const programs = findPostgres();
  if (!programs) return undefined;
  const postgres = await startPostgres(programs);
  process.env.TANDEM_TEST_POSTGRES = postgres.url;
  return () => postgres.stop();
}
