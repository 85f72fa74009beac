import { createHash } from 'node:crypto';
import type { JsonText, Producer } from '../domain/index.ts';

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

/** Tells the same producer, by 128 bits: equal members give equal digests. Parameters are compared as text. */
export function producerHash(producer: Producer | undefined): string {
  const { name, model, version, promptHash, runId, parameters } = producer ?? {};
  const members = [name, model, version, promptHash, runId, parameters?.text];
  return createHash('sha256')
    .update(JSON.stringify(members.map((member) => member ?? null)))
    .digest('hex')
    .slice(0, 32);
}
