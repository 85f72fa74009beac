// The run's own PostgreSQL, unless another one was named.
process.env.TEST_DATABASE_URL ??= process.env.TANDEM_TEST_POSTGRES;
