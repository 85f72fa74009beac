import * as z from 'zod';
import type { JsonTree } from '../domain/index.ts';
import { parseShape } from './shape.ts';

/** The items of a batch, in its one member; what each of them is, is read later. Errors: `invalid`, by `op`. */
export function readItems(tree: JsonTree, name: string, op: string): readonly JsonTree[] {
  const shape = z.strictObject({ [name]: z.array(z.custom<JsonTree>(() => true)) });
  return parseShape(shape, tree, { op })[name] ?? [];
}
