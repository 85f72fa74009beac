import * as z from 'zod';
import { invalid, type JsonTree, RELATION_ORIGINS, type RelationInput } from '../domain/index.ts';
import { withoutNulls } from './json-tree.ts';
import { MAX_RELATION_ATTRIBUTES_BYTES } from './limits.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import { rawObject } from './string-shapes.ts';

const OP = 'http.relation';

/** A relation as PUT takes it, nulls left out. */
export const relationShape = once(() =>
  z.strictObject({
    weight: z.number().min(0).max(1).exactOptional(),
    origin: z.enum(RELATION_ORIGINS).exactOptional(),
    attributes: rawObject().exactOptional(),
  }),
);

/** Reads a relation between two articles. Errors: `invalid`. */
export function readRelation(
  tree: JsonTree,
  edge: { readonly from: string; readonly kind: string; readonly to: string },
): RelationInput {
  const shape = parseShape(relationShape(), withoutNulls(tree), { op: OP });
  const bytes = Buffer.byteLength(shape.attributes?.text ?? '');
  if (bytes > MAX_RELATION_ATTRIBUTES_BYTES) {
    const detail = `may have at most ${MAX_RELATION_ATTRIBUTES_BYTES} bytes of JSON`;
    const fault = { pointer: '/attributes', code: 'too_long', detail };
    throw invalid(OP, `/attributes ${detail}.`, [fault]);
  }
  return { ...edge, ...shape };
}
