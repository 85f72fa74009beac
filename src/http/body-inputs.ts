import { once } from './once.ts';

/**
 * What reads the bodies of requests: their schemas and what checks them, a seventh of all code. Loaded with
 * the first request that has a body; who only reads never waits for it.
 */
export const bodyInputs = once(() => import('./inputs.ts'));
