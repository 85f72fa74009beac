export { readArticle, readArticlePatch } from './article-input.ts';
export { readItems } from './batch-input.ts';
export { readKindSettings } from './kind-input.ts';
export { readWrittenQuery } from './list-input.ts';
export { readOutput, readOutputItem } from './output-input.ts';
export { readPreview, readProjection } from './projection-input.ts';
export { readRelation } from './relation-input.ts';
export { readSource } from './source-input.ts';
