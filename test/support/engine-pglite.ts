// Tests choose the engine by this variable: without it, PGlite.
delete process.env.TEST_DATABASE_URL;
