/**
 * A client of the HTTP contract: every operation by its method and path, with the types of what it takes
 * and gives (`contract.ts`, made of the OpenAPI document). Needs nothing but `fetch`; imports nothing of
 * the service.
 */
export {
  type Answer,
  createTandem,
  type Input,
  type OperationName,
  type RawAnswer,
  type Tandem,
  type TandemOptions,
} from './client.ts';
export type * from './contract.ts';
export { TandemError } from './tandem-error.ts';
