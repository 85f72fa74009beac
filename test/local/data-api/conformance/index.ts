import { errors } from './errors.ts';
import { isolation } from './isolation.ts';
import { limits } from './limits.ts';
import { parameters } from './parameters.ts';
import { pause } from './pause.ts';
import { results } from './results.ts';
import type { Row } from './row.ts';
import { statements } from './statements.ts';
import { transactions } from './transactions.ts';
import { wire } from './wire.ts';

/** Every behaviour of the service that the local server is held to, by chapter. */
export const CONFORMANCE: Readonly<Record<string, readonly Row[]>> = {
  wire,
  parameters,
  results,
  statements,
  errors,
  limits,
  transactions,
  isolation,
  pause,
};
