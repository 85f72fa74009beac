import * as z from 'zod';
import { articlePatchShape, articleShape } from '../article-input.ts';
import { kindShape } from '../kind-input.ts';
import { listShape } from '../list-input.ts';
import { outputItemShape, outputShape } from '../output-input.ts';
import { previewShape, projectionShape } from '../projection-input.ts';
import { relationShape } from '../relation-input.ts';
import { sourceShape } from '../source-input.ts';
import { articleId } from '../string-shapes.ts';
import * as answers from './answers.ts';
import * as derived from './derived-answers.ts';
import type { JsonSchema } from './parameters.ts';
import { statusAnswer } from './status-answer.ts';

/** Every schema that the document names: what requests are read with, and what answers look like. */
function named(): Readonly<Record<string, z.ZodType>> {
  return {
    ArticleInput: articleShape(),
    ArticlePatch: articlePatchShape(),
    ArticleBatch: z.strictObject({
      articles: z.array(articleShape().extend({ id: articleId() })).max(500),
    }),
    ArticleQuery: listShape(),
    AiOutputInput: outputShape(),
    AiOutputBatch: z.strictObject({ items: z.array(outputItemShape()).max(100) }),
    RelationInput: relationShape(),
    Article: answers.articleAnswer,
    ArticleView: answers.articleViewAnswer,
    ArticleList: answers.articleListAnswer,
    ArticleBatchResult: answers.articleBatchAnswer,
    RelatedArticles: answers.relatedAnswer,
    AiOutputBlock: answers.blockAnswer,
    AiOutput: answers.outputAnswer,
    AiOutputInfo: answers.outputInfoAnswer,
    StoredAiOutput: answers.storedOutputAnswer,
    AiOutputList: answers.outputListAnswer,
    AiOutputVersions: answers.versionListAnswer,
    AiOutputBatchResult: answers.outputBatchAnswer,
    Relation: answers.relationAnswer,
    RelationList: answers.relationListAnswer,
    Topic: answers.topicAnswer,
    Aggregation: derived.aggregationAnswer,
    TopicList: derived.topicListAnswer,
    SourceInput: sourceShape(),
    Source: derived.sourceAnswer,
    SourceList: derived.sourceListAnswer,
    ProjectionInput: projectionShape(),
    Projection: derived.projectionAnswer,
    ProjectionList: derived.projectionListAnswer,
    PreviewInput: previewShape(),
    Preview: derived.previewAnswer,
    ShapeList: derived.shapeListAnswer,
    Run: derived.runAnswer,
    KindInput: kindShape(),
    Kind: derived.kindAnswer,
    KindList: derived.kindListAnswer,
    Health: answers.healthAnswer,
    Ready: answers.readyAnswer,
    Status: statusAnswer,
    Problem: answers.problemAnswer,
  };
}

/** What requests have: there `null` means absent, wherever a member may be absent. */
const REQUESTS = [
  'ArticleInput',
  'ArticleBatch',
  'ArticleQuery',
  'AiOutputInput',
  'AiOutputBatch',
  'RelationInput',
  'SourceInput',
  'ProjectionInput',
  'KindInput',
];

/** Where a schema of the document stands. */
export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The named schemas as JSON Schema 2020-12, referring to each other. */
export function jsonSchemas(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named())) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [
      id,
      REQUESTS.includes(id) ? withNulls(schema) : schema,
    ]),
  );
}

/** The schema with `null` allowed for every member that is not required. */
function withNulls(schema: JsonSchema): JsonSchema {
  const { properties, required, items, anyOf } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly items?: JsonSchema;
    readonly anyOf?: readonly JsonSchema[];
  };
  const members = Object.entries(properties ?? {}).map(([name, member]) => [
    name,
    required?.includes(name) ? withNulls(member) : orNull(withNulls(member)),
  ]);
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(members) }),
    ...(items === undefined ? {} : { items: withNulls(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(withNulls) }),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  // A schema without a type takes anything already.
  if (schema.type === undefined && schema.anyOf === undefined && schema.$ref === undefined) {
    return schema;
  }
  const { description, ...rest } = schema;
  return {
    anyOf: [rest, { type: 'null' }],
    ...(description === undefined ? {} : { description }),
  };
}
