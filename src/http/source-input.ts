import * as z from 'zod';
import { EMPTY_OBJECT, invalid, type JsonTree, type SourceProfile } from '../domain/index.ts';
import { withoutNulls } from './json-tree.ts';
import { canonicalLanguageTag } from './language-tag.ts';
import { ARTICLE_LIMITS, MAX_SOURCE_ATTRIBUTES_BYTES } from './limits.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import { country, language, plainText, rawObject, webUrl } from './string-shapes.ts';

const OP = 'http.source';

/** Members that only the server sets; the key stands in the path. */
const SERVER_SET = ['key', 'articles'] as const;

/** A source as PUT takes it, nulls left out. */
export const sourceShape = once(() =>
  z.strictObject({
    name: plainText({ min: 1, max: ARTICLE_LIMITS.name }),
    homepage: webUrl().exactOptional(),
    country: country().exactOptional(),
    language: language().exactOptional(),
    attributes: rawObject().exactOptional(),
  }),
);

/** Reads the profile of a source. Errors: `invalid`. */
export function readSource(tree: JsonTree): SourceProfile {
  const shape = parseShape(sourceShape(), withoutNulls(tree), { op: OP, serverSet: SERVER_SET });
  const { language: tag, attributes = EMPTY_OBJECT, ...profile } = shape;
  if (Buffer.byteLength(attributes.text) > MAX_SOURCE_ATTRIBUTES_BYTES) {
    const detail = `may have at most ${MAX_SOURCE_ATTRIBUTES_BYTES} bytes of JSON`;
    const fault = { pointer: '/attributes', code: 'too_long', detail };
    throw invalid(OP, `/attributes ${detail}.`, [fault]);
  }
  return {
    ...profile,
    attributes,
    ...(tag === undefined ? {} : { language: canonicalLanguageTag(tag) ?? tag }),
  };
}
