export { pgliteEngine } from './pglite-engine.ts';
export { postgresEngine } from './postgres-engine.ts';
export { createDataApiServer } from './server.ts';
