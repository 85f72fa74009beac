import * as z from 'zod';
import {
  type AiOutputInput,
  invalid,
  type JsonText,
  type JsonTree,
  type Producer,
  parseTimestamp,
  printJson,
  ServiceError,
  type Timestamp,
} from '../domain/index.ts';
import { withoutNulls } from './json-tree.ts';
import { OUTPUT_LIMITS } from './limits.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import {
  articleId,
  kindName,
  plainText,
  rawJson,
  rawObject,
  runId,
  time,
} from './string-shapes.ts';

const OP = 'http.output';

const producerText = () => plainText({ max: OUTPUT_LIMITS.producerString }).exactOptional();
const tokens = () => z.int().min(0).exactOptional();

/** An AI output as PUT takes it, nulls left out but for `output` itself. */
export const outputShape = once(() =>
  z.strictObject({
    output: rawJson(),
    producer: z
      .strictObject({
        name: producerText(),
        model: producerText(),
        version: producerText(),
        promptHash: producerText(),
        runId: runId().exactOptional(),
        parameters: rawObject().exactOptional(),
      })
      .exactOptional(),
    usage: z
      .strictObject({
        inputTokens: tokens(),
        outputTokens: tokens(),
        costUsd: z.number().min(0).exactOptional(),
      })
      .exactOptional(),
    producedAt: time().exactOptional(),
  }),
);

/** An AI output as a batch takes it. */
export const outputItemShape = once(() =>
  outputShape().extend({ articleId: articleId(), kind: kindName() }),
);

type OutputShape = z.output<ReturnType<typeof outputShape>>;

/** Reads the output of one article and kind. Errors: `invalid`, `too_large`. */
export function readOutput(
  tree: JsonTree,
  target: { readonly articleId: string; readonly kind: string },
): AiOutputInput {
  return inputOf(parseShape(outputShape(), withoutNulls(tree, ['output']), { op: OP }), target, '');
}

/** Reads an item of a batch, which names its article and kind itself. Errors: as `readOutput`. */
export function readOutputItem(tree: JsonTree, pointer: string): AiOutputInput {
  const shape = parseShape(outputItemShape(), withoutNulls(tree, ['output']), { op: OP, pointer });
  return inputOf(shape, shape, pointer);
}

function inputOf(
  { output, producer, usage, producedAt }: OutputShape,
  { articleId, kind }: { readonly articleId: string; readonly kind: string },
  pointer: string,
): AiOutputInput {
  demandOutputSize(output);
  if (producer) demandSize(producer, pointer);
  return {
    articleId,
    kind,
    output,
    ...(isFilled(producer) ? { producer } : {}),
    ...(isFilled(usage) ? { usage } : {}),
    ...(producedAt === undefined ? {} : { producedAt: parseTimestamp(producedAt) as Timestamp }),
  };
}

/** Errors: `too_large` for an output that could not be stored. */
export function demandOutputSize({ text }: JsonText): void {
  if (Buffer.byteLength(text) <= OUTPUT_LIMITS.outputBytes) return;
  const message = `The output may have at most ${OUTPUT_LIMITS.outputBytes} bytes of UTF-8.`;
  throw new ServiceError('too_large', OP, message, { reason: 'output_too_large' });
}

/** An object without members says as much as none. */
function isFilled<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.keys(value).length > 0;
}

function demandSize(producer: Producer, pointer: string): void {
  if (Buffer.byteLength(printJson(producer)) <= OUTPUT_LIMITS.producerBytes) return;
  const detail = `may have at most ${OUTPUT_LIMITS.producerBytes} bytes of JSON`;
  const at = `${pointer}/producer`;
  throw invalid(OP, `${at} ${detail}.`, [{ pointer: at, code: 'too_long', detail }]);
}
