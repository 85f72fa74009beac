import {
  type AiOutputInput,
  isServiceError,
  JsonText,
  type JsonTree,
  printJson,
  ServiceError,
} from '../domain/index.ts';
import { MAX_BATCH_OUTPUTS, type PutOutput } from '../facade/index.ts';
import { type ItemFailures, judgeFailures, readBatch, runKeyed, toldText } from './batch.ts';
import { bodyInputs } from './body-inputs.ts';
import { isMembers } from './json-tree.ts';
import { itemError } from './problem.ts';
import { RAW_IN_OUTPUT } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

/** `POST /v1/ai-outputs/batch` */
export async function putOutputs(exchange: Exchange, services: Services): Promise<Response> {
  const onlyNew = exchange.query.flag('onlyNew');
  const items = await readBatch(exchange.body.text, 'items', MAX_BATCH_OUTPUTS, RAW_IN_OUTPUT);
  const { readOutputItem } = await bodyInputs();
  const read = items.map(({ tree, fault, pointer }): AiOutputInput | ServiceError => {
    if (fault) return fault;
    try {
      return readOutputItem(tree, pointer);
    } catch (error) {
      if (isServiceError(error)) return error;
      throw error;
    }
  });
  let failures: ItemFailures = { passing: false };
  const work = async (): Promise<JsonText> => {
    const inputs = read.filter((one): one is AiOutputInput => !(one instanceof ServiceError));
    const stored =
      inputs.length === 0
        ? []
        : await services.tandem.outputs.putMany(exchange.ctx, inputs, { onlyNew });
    const errors = stored.flatMap((one) => (one.status === 'error' ? [one.error] : []));
    failures = judgeFailures(errors, inputs.length);
    let next = 0;
    const results = read.map((one, index) => {
      const named = targetOf(items[index]?.tree);
      return one instanceof ServiceError
        ? { ...named, status: 'error', error: itemError(one) }
        : { ...named, ...resultOf(stored[next++]) };
    });
    return new JsonText(printJson({ results }));
  };
  return runKeyed(exchange, services, work, { keeps: () => !failures.passing });
}

/** The article and kind that an item names, right or wrong, for its result. */
function targetOf(tree: JsonTree | undefined): object {
  const told = (name: string): string | null => {
    const value = isMembers(tree) ? tree[name] : undefined;
    return typeof value === 'string' ? toldText(value) : null;
  };
  return { articleId: told('articleId'), kind: told('kind') };
}

type Stored = PutOutput | { readonly status: 'error'; readonly error: ServiceError };

function resultOf(stored: Stored | undefined): object {
  if (stored === undefined) throw new Error('A batch came back shorter than it was.');
  if (stored.status === 'error') return { status: 'error', error: itemError(stored.error) };
  const { status, info, verified } = stored;
  return { status, version: info.version, ...(verified ? {} : { verified }) };
}
