import * as z from 'zod';
import { type JsonTree, MAX_SKIP } from '../domain/index.ts';
import { withoutNulls } from './json-tree.ts';
import { COUNTS, LIST_OP, type WrittenQuery } from './list-query.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import { plainText, rawJson } from './string-shapes.ts';

const words = () => z.union([z.string(), z.array(z.string())]).exactOptional();

/** A query as a JSON body, nulls left out. */
export const listShape = once(() =>
  z.strictObject({
    filter: rawJson().exactOptional(),
    orderBy: words(),
    pageSize: z.int().min(1).exactOptional(),
    pageToken: z.string().exactOptional(),
    skip: z.int().min(0).max(MAX_SKIP).exactOptional(),
    count: z.enum(COUNTS).exactOptional(),
    include: words(),
    fields: words(),
    q: plainText({}).exactOptional(),
    explain: z.boolean().exactOptional(),
    allowSlow: z.boolean().exactOptional(),
  }),
);

/** Reads the members of a body that asks for a list; what they mean is read after it. Errors: `invalid`. */
export function readWrittenQuery(tree: JsonTree): WrittenQuery {
  return parseShape(listShape(), withoutNulls(tree), { op: LIST_OP });
}
