import * as z from 'zod';
import type { JsonTree, KindSettings } from '../domain/index.ts';
import { withoutNulls } from './json-tree.ts';
import { KIND_LIMITS } from './limits.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import { plainText } from './string-shapes.ts';

const OP = 'http.kinds';

/** What is set for a kind, nulls left out. */
export const kindShape = once(() =>
  z.strictObject({
    keepVersions: z.int().min(1).max(KIND_LIMITS.keepVersions).exactOptional(),
    keepDays: z.int().min(1).max(KIND_LIMITS.keepDays).exactOptional(),
    description: plainText({ max: KIND_LIMITS.description }).exactOptional(),
  }),
);

/** Reads what is to be set for a kind. Errors: `invalid`. */
export function readKindSettings(tree: JsonTree): Omit<KindSettings, 'kind'> {
  return parseShape(kindShape(), withoutNulls(tree), { op: OP });
}
