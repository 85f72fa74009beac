import * as z from 'zod';
import { RELATION_ORIGINS } from '../../domain/index.ts';
import { articleId, key, kindName } from '../string-shapes.ts';

// What answers look like. Written for the document, and what every answer is held against in the tests.

const time = () => z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const json = () => z.unknown().meta({ description: 'Any JSON, as it was written.' });
const object = () => z.record(z.string(), z.unknown());
const sha256 = () => z.string().meta({ pattern: '^[0-9a-f]{64}$' });
const count = () => z.int().min(0);

const nextPageToken = z
  .string()
  .exactOptional()
  .meta({ description: 'Asks for the next page; absent exactly when nothing follows.' });

const degraded = z.array(z.string()).exactOptional().meta({
  description: 'Why a part is missing or old, such as `aurora_asleep`; absent in a whole answer.',
});

export const topicAnswer = z.strictObject({
  key: key(),
  name: z.string(),
  type: z.string(),
  weight: z.number().min(0).max(1),
  projection: z.string().exactOptional().meta({ description: 'The projection that yielded it.' }),
});

const sourceOfArticle = z.strictObject({ key: key(), name: z.string() });
const metrics = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

export const producerAnswer = z.looseObject({
  name: z.string().exactOptional(),
  model: z.string().exactOptional(),
  version: z.string().exactOptional(),
  promptHash: z.string().exactOptional(),
  runId: z.string().exactOptional(),
  parameters: object().exactOptional(),
});

const usage = z.looseObject({
  inputTokens: count().exactOptional(),
  outputTokens: count().exactOptional(),
  costUsd: z.number().min(0).exactOptional(),
});

const described = {
  version: z.int().min(1),
  producer: producerAnswer.exactOptional(),
  usage: usage.exactOptional(),
  producedAt: time(),
  storedAt: time(),
  sizeBytes: count(),
  sha256: sha256(),
};

const okBlock = z.strictObject({ status: z.literal('ok'), ...described, output: json() });

export const outputInfoAnswer = z.strictObject({ status: z.literal('ok'), ...described });

export const blockAnswer = z
  .union([
    okBlock,
    z.strictObject({ status: z.literal('omitted'), ...described, link: z.string() }),
    z.strictObject({ status: z.literal('missing') }),
    z.strictObject({
      status: z.literal('unavailable'),
      ...z.object(described).partial().shape,
    }),
  ])
  .meta({
    description:
      '`ok` with its output; `omitted`: too large here, read it by its link; `missing`: there is none; `unavailable`: it could not be read now.',
  });

export const outputAnswer = okBlock;

const whole = {
  id: articleId(),
  url: z.string().exactOptional(),
  title: z.string(),
  description: z.string().exactOptional(),
  body: z.string().exactOptional().meta({ description: 'Comes only when `fields` asks for it.' }),
  language: z.string().exactOptional(),
  section: z.string().exactOptional(),
  source: sourceOfArticle.exactOptional(),
  authors: z.array(z.string()),
  topics: z.array(topicAnswer),
  publishedAt: time().exactOptional(),
  ingestedAt: time(),
  updatedAt: time(),
  rev: z.int().min(1).meta({ description: 'Counts writes of the article itself.' }),
  attributes: object(),
  metrics,
};

/** An article as writes tell it. */
export const articleAnswer = z.strictObject(whole);

const partOf = z.strictObject(whole).partial().shape;

/** An article as reads tell it: `fields` may leave out anything but the id, and parts of parts. */
export const articleViewAnswer = z.strictObject({
  ...partOf,
  id: articleId(),
  source: sourceOfArticle.partial().exactOptional(),
  topics: z.array(topicAnswer.partial()).exactOptional(),
  aiOutputs: z
    .record(kindName(), blockAnswer)
    .exactOptional()
    .meta({ description: 'By kind; comes when `include` asks for it.' }),
  degraded,
});

export const articleListAnswer = z.strictObject({
  articles: z.array(articleViewAnswer),
  nextPageToken,
  totalSize: count().exactOptional(),
  totalKind: z.enum(['exact', 'at_least', 'estimate']).exactOptional(),
  explain: z
    .looseObject({
      planClass: z.string().exactOptional(),
      indexes: z.array(z.string()).exactOptional(),
      rowsRead: z.number().exactOptional(),
      sql: z.string().exactOptional(),
    })
    .exactOptional(),
  degraded,
});

const itemError = z.strictObject({ code: z.string(), detail: z.string() });

export const articleBatchAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      id: z.string().nullable(),
      status: z.enum(['created', 'updated', 'unchanged', 'error']),
      rev: z.int().min(1).exactOptional(),
      error: itemError.exactOptional(),
    }),
  ),
});

export const relatedAnswer = z.strictObject({
  related: z.array(
    z.strictObject({
      article: articleViewAnswer,
      score: z.number().min(0).max(1),
      why: z.array(
        z.union([
          z.strictObject({
            type: z.literal('relation'),
            kind: kindName(),
            weight: z.number().nullable(),
          }),
          z.strictObject({ type: z.literal('topic'), key: key(), name: z.string() }),
          z.strictObject({ type: z.literal('source'), key: key() }),
          z.strictObject({ type: z.literal('time'), hoursApart: z.number() }),
        ]),
      ),
    }),
  ),
  degraded,
});

export const storedOutputAnswer = z.strictObject({
  articleId: articleId(),
  kind: kindName(),
  version: z.int().min(1),
  sizeBytes: count(),
  storedBytes: count(),
  sha256: sha256(),
  producedAt: time(),
  storedAt: time(),
  verified: z.literal(false).exactOptional().meta({
    description: 'Nobody could tell whether the article exists: dropped later if it does not.',
  }),
});

export const outputListAnswer = z.strictObject({
  aiOutputs: z.record(kindName(), outputInfoAnswer),
});

export const versionListAnswer = z.strictObject({
  versions: z.array(outputInfoAnswer),
  nextPageToken,
});

export const outputBatchAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      articleId: z.string().nullable(),
      kind: z.string().nullable(),
      status: z.enum(['created', 'unchanged', 'error']),
      version: z.int().min(1).exactOptional(),
      verified: z.literal(false).exactOptional(),
      error: itemError.exactOptional(),
    }),
  ),
});

export const relationAnswer = z.strictObject({
  from: articleId(),
  to: articleId(),
  kind: kindName(),
  weight: z.number().min(0).max(1).nullable(),
  origin: z.enum(RELATION_ORIGINS).nullable(),
  createdAt: time(),
  attributes: object().nullable().exactOptional(),
  projection: z.string().exactOptional(),
});

export const relationListAnswer = z.strictObject({
  relations: z.array(relationAnswer),
  nextPageToken,
});

export const healthAnswer = z.strictObject({ status: z.literal('ok') });

const auroraState = z.enum(['awake', 'resuming', 'asleep', 'unknown']);

export const readyAnswer = z.strictObject({
  ready: z.literal(true),
  aurora: auroraState,
  dynamodb: z.enum(['ok', 'unavailable']),
});

export const problemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'A stable word for programs.' }),
    requestId: z.string(),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().exactOptional().meta({ description: 'JSON Pointer into the body.' }),
          parameter: z.string().exactOptional().meta({ description: 'Parameter or header.' }),
          position: count().exactOptional().meta({ description: 'Offset in UTF-16 code units.' }),
          code: z.string(),
          detail: z.string(),
          suggestion: z.string().exactOptional().meta({ description: 'What was probably meant.' }),
        }),
      )
      .exactOptional()
      .meta({ description: 'What is wrong where, for bad input.' }),
  })
  .meta({ description: 'RFC 9457.' });
