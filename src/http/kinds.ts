import * as z from 'zod';
import { readJson } from '../domain/index.ts';
import { json } from './json-answer.ts';
import { KIND_LIMITS } from './limits.ts';
import type { Exchange, Services } from './route.ts';
import { once, parseShape, withoutNulls } from './shape.ts';
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

/** `PUT /v1/kinds/{kind}` */
export async function putKind(
  { ctx, path, body }: Exchange<'kind'>,
  { tandem }: Services,
): Promise<Response> {
  const settings = parseShape(kindShape(), withoutNulls(readJson(body.text)), { op: OP });
  await tandem.kinds.put(ctx, { kind: path.kind, ...settings });
  return json(200, { kind: path.kind, ...settings });
}

/** `GET /v1/kinds` */
export async function listKinds({ ctx }: Exchange, { tandem }: Services): Promise<Response> {
  const { kinds, degraded } = await tandem.kinds.list(ctx);
  return json(200, {
    kinds: kinds.map(({ kind, count, ...settings }) => ({ kind, count, ...settings })),
    ...(degraded.length === 0 ? {} : { degraded }),
  });
}
