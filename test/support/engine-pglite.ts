// Tests choose the engine by this variable: without it, PGlite.
process.env.TANDEM_TEST_POSTGRES ??= process.env.TEST_DATABASE_URL;
delete process.env.TEST_DATABASE_URL;
