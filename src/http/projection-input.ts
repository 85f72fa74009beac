import * as z from 'zod';
import {
  invalid,
  type JsonText,
  type JsonTree,
  type ProjectionDefinition,
  readDefinition,
} from '../domain/index.ts';
import { isMembers, withoutNulls } from './json-tree.ts';
import { PROJECTION_INPUT_LIMITS } from './limits.ts';
import { once } from './once.ts';
import { demandOutputSize } from './output-input.ts';
import { parseShape } from './shape.ts';
import { articleId, kindName, plainText, rawJson } from './string-shapes.ts';

const OP = 'http.projection';

const path = () => plainText({ min: 1, max: PROJECTION_INPUT_LIMITS.path });

/** A projection as PUT takes it, nulls left out. Which members belong to which target is checked after it. */
export const projectionShape = once(() =>
  z.strictObject({
    kind: kindName(),
    target: z.strictObject({
      type: z.enum(['metric', 'topics', 'relations']),
      valueType: z.enum(['number', 'string', 'boolean', 'time']).exactOptional(),
      relation: kindName().exactOptional(),
    }),
    description: plainText({ max: PROJECTION_INPUT_LIMITS.description }).exactOptional(),
    unit: plainText({ max: PROJECTION_INPUT_LIMITS.unit }).exactOptional(),
    select: z.array(path()).min(1).max(PROJECTION_INPUT_LIMITS.paths).exactOptional(),
    scale: z.number().exactOptional(),
    each: path().exactOptional(),
    key: path().exactOptional(),
    label: path().exactOptional(),
    topicType: path().exactOptional(),
    to: path().exactOptional(),
    weight: path().exactOptional(),
    weightScale: z.number().exactOptional(),
  }),
);

/** Reads the definition of a projection. Errors: `invalid`. */
export function readProjection(tree: JsonTree): ProjectionDefinition {
  return readDefinition(parseShape(projectionShape(), withoutNulls(tree), { op: OP }));
}

/** An output, or an article whose latest output is meant. */
export const previewShape = once(() =>
  z.strictObject({ output: rawJson().exactOptional(), articleId: articleId().exactOptional() }),
);

/** Reads what a projection is to be tried on. Errors: `invalid`, `too_large`. */
export function readPreview(
  tree: JsonTree,
): { readonly output: JsonText } | { readonly articleId: string } {
  const op = 'http.projections';
  const { output, articleId: id } = parseShape(previewShape(), withoutNullId(tree), { op });
  if ((output === undefined) === (id === undefined)) {
    const detail = 'must hold either "output" or "articleId"';
    throw invalid(op, `The body ${detail}.`, [{ pointer: '', code: 'required', detail }]);
  }
  if (output === undefined) return { articleId: id ?? '' };
  demandOutputSize(output);
  return { output };
}

/** A null `articleId` is absent; a null `output` is an output. */
function withoutNullId(tree: JsonTree): JsonTree {
  if (!isMembers(tree) || tree.articleId !== null) return tree;
  const { articleId: _, ...rest } = tree;
  return rest;
}
