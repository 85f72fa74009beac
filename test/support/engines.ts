/** Which part of a random campaign this run does: each engine its own, or one engine all of it. */
export const ENGINES: { readonly count: number; readonly mine: number } =
  process.env.TEST_DATABASE_URL !== undefined
    ? { count: 2, mine: 1 }
    : { count: process.env.TANDEM_TEST_POSTGRES === undefined ? 1 : 2, mine: 0 };
