import { readJson } from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import { json } from './json-answer.ts';
import type { Exchange, Services } from './route.ts';

/** `PUT /v1/kinds/{kind}` */
export async function putKind(
  { ctx, path, body }: Exchange<'kind'>,
  { tandem }: Services,
): Promise<Response> {
  const tree = readJson(body.text);
  const { readKindSettings } = await bodyInputs();
  const settings = readKindSettings(tree);
  await tandem.kinds.put(ctx, { kind: path.kind, ...settings });
  return json(200, { kind: path.kind, ...settings });
}

/** `GET /v1/kinds` */
export async function listKinds(
  { ctx, prefer }: Exchange,
  { tandem }: Services,
): Promise<Response> {
  const { kinds, degraded } = await tandem.kinds.list(ctx, prefer);
  return json(200, {
    kinds: kinds.map(({ kind, count, ...settings }) => ({ kind, count, ...settings })),
    ...(degraded.length === 0 ? {} : { degraded }),
  });
}
