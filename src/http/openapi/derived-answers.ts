import * as z from 'zod';
import { key, kindName, runId } from '../string-shapes.ts';

// What answers about groups, topics, sources, projections and kinds look like.

const time = () => z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const count = () => z.int().min(0);
const nextPageToken = z.string().exactOptional();
const degraded = z.array(z.string()).exactOptional();
const groupKey = z.union([z.string(), z.null()]);
const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);

export const aggregationAnswer = z.strictObject({
  groups: z.array(
    z
      .object({
        key: z.union([z.string(), z.null(), z.array(groupKey)]).meta({
          description: 'A list where two names group; `null` for what is missing.',
        }),
        count: count(),
      })
      .catchall(scalar)
      .meta({
        description: 'Computed columns stand under their own text, such as `avg(metrics.x)`.',
      }),
  ),
});

export const topicListAnswer = z.strictObject({
  topics: z.array(
    z.strictObject({ key: key(), name: z.string(), type: z.string(), articles: count() }),
  ),
  nextPageToken,
});

export const sourceAnswer = z.strictObject({
  key: key(),
  name: z.string(),
  homepage: z.string().exactOptional(),
  country: z.string().exactOptional(),
  language: z.string().exactOptional(),
  attributes: z.record(z.string(), z.unknown()),
  articles: count(),
});

export const sourceListAnswer = z.strictObject({ sources: z.array(sourceAnswer), nextPageToken });

export const projectionAnswer = z.strictObject({
  name: kindName(),
  kind: kindName(),
  target: z.strictObject({
    type: z.enum(['metric', 'topics', 'relations']),
    valueType: z.enum(['number', 'string', 'boolean', 'time']).exactOptional(),
    relation: kindName().exactOptional(),
  }),
  description: z.string().exactOptional(),
  unit: z.string().exactOptional(),
  select: z.array(z.string()).exactOptional(),
  scale: z.number().exactOptional(),
  each: z.string().exactOptional(),
  key: z.string().exactOptional(),
  label: z.string().exactOptional(),
  topicType: z.string().exactOptional(),
  to: z.string().exactOptional(),
  weight: z.string().exactOptional(),
  weightScale: z.number().exactOptional(),
  revision: z.int().min(1),
  state: z.enum(['backfilling', 'active', 'retiring']),
  coverage: z
    .strictObject({ matched: count(), missed: count(), failed: count() })
    .exactOptional()
    .meta({ description: 'Of the latest outputs of its kind; absent while Aurora is away.' }),
  progress: z
    .strictObject({ done: count(), total: count() })
    .exactOptional()
    .meta({ description: 'Of its backfill.' }),
  lagSeconds: z.number().min(0).nullable().exactOptional(),
  createdAt: time(),
  updatedAt: time(),
  degraded,
});

export const projectionListAnswer = z.strictObject({
  projections: z.array(projectionAnswer),
  degraded,
});

export const previewAnswer = z.looseObject({
  metric: scalar.exactOptional(),
  topics: z.array(z.looseObject({})).exactOptional(),
  relations: z.array(z.looseObject({})).exactOptional(),
});

export const shapeListAnswer = z.strictObject({
  shapes: z.array(
    z.strictObject({
      kind: kindName(),
      paths: z.array(z.string()),
      types: z.array(z.string()),
      count: count(),
      models: z.array(z.string()),
      firstSeenAt: time(),
      lastSeenAt: time(),
      exampleArticleId: z.string().exactOptional(),
    }),
  ),
});

const kindSettings = {
  keepVersions: z.int().min(1).exactOptional(),
  keepDays: z.int().min(1).exactOptional(),
  description: z.string().exactOptional(),
};

export const kindAnswer = z.strictObject({ kind: kindName(), ...kindSettings });

export const runAnswer = z.strictObject({
  runId: runId(),
  outputs: count(),
  reverted: count(),
  state: z.enum(['active', 'reverting', 'reverted']),
});

export const kindListAnswer = z.strictObject({
  kinds: z.array(
    z.strictObject({
      kind: kindName(),
      count: count().nullable().exactOptional(),
      ...kindSettings,
    }),
  ),
  degraded,
});
