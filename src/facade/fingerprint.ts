import { createHash } from 'node:crypto';
import { canonicalJson, type JsonText, type Producer } from '../domain/index.ts';

/** Size and digest of an output's text, as readers get them. */
export function describeText(output: JsonText): {
  readonly sizeBytes: number;
  readonly sha256: string;
} {
  const bytes = Buffer.from(output.text, 'utf8');
  return {
    sizeBytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Tells the same producer, by 128 bits: equal members give equal digests, however parameters are spelled and ordered. Numbers are compared by their digits. */
export function producerHash(producer: Producer | undefined): string {
  const { name, model, version, promptHash, runId, parameters } = producer ?? {};
  const told = parameters && canonicalJson(parameters);
  const members = [name, model, version, promptHash, runId, told];
  return createHash('sha256')
    .update(JSON.stringify(members.map((member) => member ?? null)))
    .digest('hex')
    .slice(0, 32);
}
