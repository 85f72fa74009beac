import * as z from 'zod';
import { type JsonTree, type ProjectionDefinition, readDefinition } from '../domain/index.ts';
import { PROJECTION_INPUT_LIMITS } from './limits.ts';
import { once, parseShape, withoutNulls } from './shape.ts';
import { kindName, plainText } from './string-shapes.ts';

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
