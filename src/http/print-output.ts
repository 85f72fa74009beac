import { type AiOutputBlock, type AiOutputInfo, printTimestamp } from '../domain/index.ts';
import type { PutOutput } from '../facade/index.ts';

/** Where an output can be read by itself. */
export function outputPath(articleId: string, kind: string): string {
  return `/v1/articles/${articleId}/ai-outputs/${kind}`;
}

/** A block as readers get it, for `printJson`: `output` comes last, `link` where it was left out. */
export function printBlock(block: AiOutputBlock): object {
  switch (block.status) {
    case 'missing':
      return { status: 'missing' };
    case 'unavailable':
      return block.info ? describe('unavailable', block.info) : { status: 'unavailable' };
    case 'omitted': {
      const { articleId, kind } = block.info;
      return Object.assign(describe('omitted', block.info), { link: outputPath(articleId, kind) });
    }
    case 'ok':
      return Object.assign(describe('ok', block.info), { output: block.output });
  }
}

/** A version as lists of outputs tell of it: the block without its output. */
export function printInfo(info: AiOutputInfo): object {
  return describe('ok', info);
}

function describe(status: AiOutputBlock['status'], info: AiOutputInfo): object {
  const { version, producer, usage, producedAt, storedAt, sizeBytes, sha256 } = info;
  return {
    status,
    version,
    producer,
    usage,
    producedAt: printTimestamp(producedAt),
    storedAt: printTimestamp(storedAt),
    sizeBytes,
    sha256,
  };
}

/** What a writer is told of what was stored. */
export function printStored({ info, verified }: PutOutput): object {
  return {
    articleId: info.articleId,
    kind: info.kind,
    version: info.version,
    sizeBytes: info.sizeBytes,
    storedBytes: info.storedBytes,
    sha256: info.sha256,
    producedAt: printTimestamp(info.producedAt),
    storedAt: printTimestamp(info.storedAt),
    ...(verified ? {} : { verified: false }),
  };
}
