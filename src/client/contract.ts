// Made of the OpenAPI document by `npm run client`; a test fails when it is stale.

export type ArticleInput = {
  id?: string | null;
  url?: string | null;
  title: string;
  description?: string | null;
  body?: string | null;
  language?: string | null;
  section?: string | null;
  source?:
    | string
    | {
        key: string;
        name?: string | null;
      }
    | null;
  authors?: string[] | null;
  topics?:
    | (
        | string
        | {
            key: string;
            name?: string | null;
            type?: string | null;
            weight?: number | null;
          }
      )[]
    | null;
  publishedAt?: string | null;
  /** Any JSON object; its text is kept. */
  attributes?: { [name: string]: unknown } | null;
};

export type ArticlePatch = {
  id?: string;
  url?: string | null;
  title?: string;
  description?: string | null;
  body?: string | null;
  language?: string | null;
  section?: string | null;
  source?:
    | string
    | {
        key?: string;
        name?: string | null;
      }
    | null;
  authors?: string[] | null;
  topics?:
    | (
        | string
        | {
            key: string;
            name?: string;
            type?: string;
            weight?: number;
          }
      )[]
    | null;
  publishedAt?: string | null;
  attributes?: { [name: string]: unknown } | null;
};

export type ArticleBatch = {
  articles: {
    id: string;
    url?: string | null;
    title: string;
    description?: string | null;
    body?: string | null;
    language?: string | null;
    section?: string | null;
    source?:
      | string
      | {
          key: string;
          name?: string | null;
        }
      | null;
    authors?: string[] | null;
    topics?:
      | (
          | string
          | {
              key: string;
              name?: string | null;
              type?: string | null;
              weight?: number | null;
            }
        )[]
      | null;
    publishedAt?: string | null;
    /** Any JSON object; its text is kept. */
    attributes?: { [name: string]: unknown } | null;
  }[];
};

export type ArticleQuery = {
  /** Any JSON. */
  filter?: unknown;
  orderBy?: string | string[] | null;
  pageSize?: number | null;
  pageToken?: string | null;
  skip?: number | null;
  count?: 'none' | 'capped' | 'exact' | 'estimate' | null;
  include?: string | string[] | null;
  fields?: string | string[] | null;
  q?: string | null;
  explain?: boolean | null;
  allowSlow?: boolean | null;
};

export type AiOutputInput = {
  /** Any JSON. */
  output: unknown;
  producer?: {
    name?: string | null;
    model?: string | null;
    version?: string | null;
    promptHash?: string | null;
    runId?: string | null;
    /** Any JSON object; its text is kept. */
    parameters?: { [name: string]: unknown } | null;
  } | null;
  usage?: {
    inputTokens?: number | null;
    outputTokens?: number | null;
    costUsd?: number | null;
  } | null;
  producedAt?: string | null;
};

export type AiOutputBatch = {
  items: {
    /** Any JSON. */
    output: unknown;
    producer?: {
      name?: string | null;
      model?: string | null;
      version?: string | null;
      promptHash?: string | null;
      runId?: string | null;
      /** Any JSON object; its text is kept. */
      parameters?: { [name: string]: unknown } | null;
    } | null;
    usage?: {
      inputTokens?: number | null;
      outputTokens?: number | null;
      costUsd?: number | null;
    } | null;
    producedAt?: string | null;
    articleId: string;
    kind: string;
  }[];
};

export type RelationInput = {
  weight?: number | null;
  origin?: 'ai' | 'editor' | 'rule' | null;
  /** Any JSON object; its text is kept. */
  attributes?: { [name: string]: unknown } | null;
};

export type Article = {
  id: string;
  url?: string;
  title: string;
  description?: string;
  /** Comes only when `fields` asks for it. */
  body?: string;
  language?: string;
  section?: string;
  source?: {
    key: string;
    name: string;
  };
  authors: string[];
  topics: Topic[];
  /** ISO 8601, UTC. */
  publishedAt?: string;
  /** ISO 8601, UTC. */
  ingestedAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
  /** Counts writes of the article itself. */
  rev: number;
  attributes: { [name: string]: unknown };
  metrics: { [name: string]: number | string | boolean | null };
};

export type ArticleView = {
  id: string;
  url?: string;
  title?: string;
  description?: string;
  /** Comes only when `fields` asks for it. */
  body?: string;
  language?: string;
  section?: string;
  source?: {
    key?: string;
    name?: string;
  };
  authors?: string[];
  topics?: {
    key?: string;
    name?: string;
    type?: string;
    weight?: number;
    /** The projection that yielded it. */
    projection?: string;
  }[];
  /** ISO 8601, UTC. */
  publishedAt?: string;
  /** ISO 8601, UTC. */
  ingestedAt?: string;
  /** ISO 8601, UTC. */
  updatedAt?: string;
  /** Counts writes of the article itself. */
  rev?: number;
  attributes?: { [name: string]: unknown };
  metrics?: { [name: string]: number | string | boolean | null };
  /** By kind; comes when `include` asks for it. */
  aiOutputs?: { [name: string]: AiOutputBlock };
  /** Why a part is missing or old, such as `aurora_asleep`; absent in a whole answer. */
  degraded?: string[];
};

export type ArticleList = {
  articles: ArticleView[];
  /** Asks for the next page; absent exactly when nothing follows. */
  nextPageToken?: string;
  totalSize?: number;
  totalKind?: 'exact' | 'at_least' | 'estimate';
  explain?: {
    planClass?: string;
    indexes?: string[];
    rowsRead?: number;
    sql?: string;
  };
  /** Why a part is missing or old, such as `aurora_asleep`; absent in a whole answer. */
  degraded?: string[];
};

export type ArticleBatchResult = {
  results: {
    id: string | null;
    status: 'created' | 'updated' | 'unchanged' | 'error';
    rev?: number;
    error?: {
      code: string;
      detail: string;
    };
  }[];
};

export type RelatedArticles = {
  related: {
    article: ArticleView;
    score: number;
    why: (
      | {
          type: 'relation';
          kind: string;
          weight: number | null;
        }
      | {
          type: 'topic';
          key: string;
          name: string;
        }
      | {
          type: 'source';
          key: string;
        }
      | {
          type: 'time';
          hoursApart: number;
        }
    )[];
  }[];
  /** Why a part is missing or old, such as `aurora_asleep`; absent in a whole answer. */
  degraded?: string[];
};

/** `ok` with its output; `omitted`: too large here, read it by its link; `missing`: there is none; `unavailable`: it could not be read now. */
export type AiOutputBlock =
  | AiOutput
  | {
      status: 'omitted';
      version: number;
      producer?: {
        name?: string;
        model?: string;
        version?: string;
        promptHash?: string;
        runId?: string;
        parameters?: { [name: string]: unknown };
      };
      usage?: {
        inputTokens?: number;
        outputTokens?: number;
        costUsd?: number;
      };
      /** ISO 8601, UTC. */
      producedAt: string;
      /** ISO 8601, UTC. */
      storedAt: string;
      sizeBytes: number;
      sha256: string;
      link: string;
    }
  | {
      status: 'missing';
    }
  | {
      status: 'unavailable';
      version?: number;
      producer?: {
        name?: string;
        model?: string;
        version?: string;
        promptHash?: string;
        runId?: string;
        parameters?: { [name: string]: unknown };
      };
      usage?: {
        inputTokens?: number;
        outputTokens?: number;
        costUsd?: number;
      };
      /** ISO 8601, UTC. */
      producedAt?: string;
      /** ISO 8601, UTC. */
      storedAt?: string;
      sizeBytes?: number;
      sha256?: string;
    };

export type AiOutput = {
  status: 'ok';
  version: number;
  producer?: {
    name?: string;
    model?: string;
    version?: string;
    promptHash?: string;
    runId?: string;
    parameters?: { [name: string]: unknown };
  };
  usage?: {
    inputTokens?: number;
    outputTokens?: number;
    costUsd?: number;
  };
  /** ISO 8601, UTC. */
  producedAt: string;
  /** ISO 8601, UTC. */
  storedAt: string;
  sizeBytes: number;
  sha256: string;
  /** Any JSON, as it was written. */
  output: unknown;
};

export type AiOutputInfo = {
  status: 'ok';
  version: number;
  producer?: {
    name?: string;
    model?: string;
    version?: string;
    promptHash?: string;
    runId?: string;
    parameters?: { [name: string]: unknown };
  };
  usage?: {
    inputTokens?: number;
    outputTokens?: number;
    costUsd?: number;
  };
  /** ISO 8601, UTC. */
  producedAt: string;
  /** ISO 8601, UTC. */
  storedAt: string;
  sizeBytes: number;
  sha256: string;
};

export type StoredAiOutput = {
  articleId: string;
  kind: string;
  version: number;
  sizeBytes: number;
  storedBytes: number;
  sha256: string;
  /** ISO 8601, UTC. */
  producedAt: string;
  /** ISO 8601, UTC. */
  storedAt: string;
  /** Nobody could tell whether the article exists: dropped later if it does not. */
  verified?: false;
};

export type AiOutputList = {
  aiOutputs: { [name: string]: AiOutputInfo };
};

export type AiOutputVersions = {
  versions: AiOutputInfo[];
  /** Asks for the next page; absent exactly when nothing follows. */
  nextPageToken?: string;
};

export type AiOutputBatchResult = {
  results: {
    articleId: string | null;
    kind: string | null;
    status: 'created' | 'unchanged' | 'error';
    version?: number;
    verified?: false;
    error?: {
      code: string;
      detail: string;
    };
  }[];
};

export type Relation = {
  from: string;
  to: string;
  kind: string;
  weight: number | null;
  origin: 'ai' | 'editor' | 'rule' | null;
  /** ISO 8601, UTC. */
  createdAt: string;
  attributes?: { [name: string]: unknown } | null;
  projection?: string;
};

export type RelationList = {
  relations: Relation[];
  /** Asks for the next page; absent exactly when nothing follows. */
  nextPageToken?: string;
};

export type Topic = {
  key: string;
  name: string;
  type: string;
  weight: number;
  /** The projection that yielded it. */
  projection?: string;
};

export type Aggregation = {
  groups: {
    /** A list where two names group; `null` for what is missing. */
    key: string | null | (string | null)[];
    count: number;
  }[];
};

export type TopicList = {
  topics: {
    key: string;
    name: string;
    type: string;
    articles: number;
  }[];
  nextPageToken?: string;
};

export type SourceInput = {
  name: string;
  homepage?: string | null;
  country?: string | null;
  language?: string | null;
  /** Any JSON object; its text is kept. */
  attributes?: { [name: string]: unknown } | null;
};

export type Source = {
  key: string;
  name: string;
  homepage?: string;
  country?: string;
  language?: string;
  attributes: { [name: string]: unknown };
  articles: number;
};

export type SourceList = {
  sources: Source[];
  nextPageToken?: string;
};

export type ProjectionInput = {
  kind: string;
  target: {
    type: 'metric' | 'topics' | 'relations';
    valueType?: 'number' | 'string' | 'boolean' | 'time' | null;
    relation?: string | null;
  };
  description?: string | null;
  unit?: string | null;
  select?: string[] | null;
  scale?: number | null;
  each?: string | null;
  key?: string | null;
  label?: string | null;
  topicType?: string | null;
  to?: string | null;
  weight?: string | null;
  weightScale?: number | null;
};

export type Projection = {
  name: string;
  kind: string;
  target: {
    type: 'metric' | 'topics' | 'relations';
    valueType?: 'number' | 'string' | 'boolean' | 'time';
    relation?: string;
  };
  description?: string;
  unit?: string;
  select?: string[];
  scale?: number;
  each?: string;
  key?: string;
  label?: string;
  topicType?: string;
  to?: string;
  weight?: string;
  weightScale?: number;
  revision: number;
  state: 'backfilling' | 'active' | 'retiring';
  /** Of the latest outputs of its kind; absent while Aurora is away. */
  coverage?: {
    matched: number;
    missed: number;
    failed: number;
  };
  /** Of its backfill. */
  progress?: {
    done: number;
    total: number;
  };
  lagSeconds?: number | null;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
  degraded?: string[];
};

export type ProjectionList = {
  projections: Projection[];
  degraded?: string[];
};

export type PreviewInput = {
  /** Any JSON. */
  output?: unknown;
  articleId?: string;
};

export type Preview = {
  metric?: number | string | boolean | null;
  topics?: { [name: string]: unknown }[];
  relations?: { [name: string]: unknown }[];
};

export type ShapeList = {
  shapes: {
    kind: string;
    paths: string[];
    types: string[];
    count: number;
    models: string[];
    /** ISO 8601, UTC. */
    firstSeenAt: string;
    /** ISO 8601, UTC. */
    lastSeenAt: string;
    exampleArticleId?: string;
  }[];
};

export type Run = {
  runId: string;
  outputs: number;
  reverted: number;
  state: 'active' | 'reverting' | 'reverted';
};

export type KindInput = {
  keepVersions?: number | null;
  keepDays?: number | null;
  description?: string | null;
};

export type Kind = {
  kind: string;
  keepVersions?: number;
  keepDays?: number;
  description?: string;
};

export type KindList = {
  kinds: {
    kind: string;
    count?: number | null;
    keepVersions?: number;
    keepDays?: number;
    description?: string;
  }[];
  degraded?: string[];
};

export type Health = {
  status: 'ok';
};

export type Ready = {
  ready: true;
  aurora: 'awake' | 'resuming' | 'asleep' | 'unknown';
  dynamodb: 'ok' | 'unavailable';
};

export type Status = {
  /** ISO 8601, UTC. */
  time: string;
  aurora: {
    state: 'awake' | 'resuming' | 'asleep' | 'unknown';
    /** ISO 8601, UTC. */
    calledAt?: string;
    lastResume?: {
      seconds: number;
      /** ISO 8601, UTC. */
      at?: string;
    };
    expectedResumeSeconds: number;
  };
  warmWindow: {
    mode: 'never' | 'always' | 'auto' | 'windows';
    warm: boolean;
    /** ISO 8601, UTC. */
    until?: string;
    next?: {
      /** ISO 8601, UTC. */
      from: string;
      /** ISO 8601, UTC. */
      until: string;
    };
  };
  projectionLagSeconds: number;
  relayBacklog: {
    left: boolean;
    /** ISO 8601, UTC. */
    checkedAt?: string;
  };
  /** What was asked of the stores, in amounts that are charged. */
  calls: {
    requests: number;
    auroraRequests: number;
    coldRequests: number;
    dataApiCalls: number;
    dataApiUnits: number;
    readUnits: number;
    writeUnits: number;
    functionMs: number;
    functionRuns: number;
    resumes: number;
    warmPings: number;
  };
  cost: {
    /** ISO 8601, UTC. */
    since: string;
    currency: 'USD';
    acuHours: number;
    items: { [name: string]: number };
    total: number;
  };
  traffic?: {
    day: string;
    /** What was asked of the stores, in amounts that are charged. */
    calls: {
      requests: number;
      auroraRequests: number;
      coldRequests: number;
      dataApiCalls: number;
      dataApiUnits: number;
      readUnits: number;
      writeUnits: number;
      functionMs: number;
      functionRuns: number;
      resumes: number;
      warmPings: number;
    };
    auroraRequestsByHour: { [name: string]: number };
    askedMinutes: number[];
  }[];
};

/** RFC 9457. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  /** A stable word for programs. */
  code: string;
  requestId: string;
  /** What is wrong where, for bad input. */
  errors?: {
    /** JSON Pointer into the body. */
    pointer?: string;
    /** Parameter or header. */
    parameter?: string;
    /** Offset in UTF-16 code units. */
    position?: number;
    code: string;
    detail: string;
    /** What was probably meant. */
    suggestion?: string;
  }[];
};

/** Every operation: what it is given, and what it answers by status. `text` is an answer that is no JSON. */
export interface Operations {
  /** Whether the process lives. */
  'GET /health': { answers: { 200: Health } };
  /** Whether requests can be served. */
  'GET /ready': { answers: { 200: Ready } };
  /** This document. */
  'GET /openapi.json': { answers: { 200: { [name: string]: unknown } } };
  /** This document as a page. */
  'GET /docs': { answers: { 200: string } };
  /** Look through articles. */
  'GET /v1/articles': {
    query: {
      filter?: string;
      orderBy?: string;
      pageSize?: number;
      pageToken?: string;
      skip?: number;
      count?: 'none' | 'capped' | 'exact' | 'estimate';
      include?: string;
      fields?: string;
      q?: string;
      explain?: boolean;
      allowSlow?: boolean;
    };
    header: { Prefer?: string };
    answers: { 200: ArticleList };
  };
  /** Create an article. */
  'POST /v1/articles': {
    header: { 'Idempotency-Key'?: string; Prefer?: string };
    body: ArticleInput;
    answers: { 201: Article };
  };
  /** Create or replace up to 500 articles. */
  'POST /v1/articles/batch': {
    header: { 'Idempotency-Key'?: string; Prefer?: string };
    body: ArticleBatch;
    answers: { 200: ArticleBatchResult };
  };
  /** Look through articles, asked by a body. */
  'POST /v1/articles/query': {
    header: { Prefer?: string };
    body: ArticleQuery;
    answers: { 200: ArticleList };
  };
  /** Read an article. */
  'GET /v1/articles/{id}': {
    path: { id: string };
    query: { include?: string; fields?: string };
    header: { 'If-None-Match'?: string; 'If-Match'?: string; Prefer?: string };
    answers: { 200: ArticleView; 304: undefined };
  };
  /** Create or replace an article. */
  'PUT /v1/articles/{id}': {
    path: { id: string };
    header: { 'If-Match'?: string; 'If-None-Match'?: string; Prefer?: string };
    body: ArticleInput;
    answers: { 200: Article; 201: Article };
  };
  /** Change a part of an article. */
  'PATCH /v1/articles/{id}': {
    path: { id: string };
    header: { 'If-Match'?: string; Prefer?: string };
    body: ArticlePatch;
    answers: { 200: Article };
  };
  /** Delete an article. */
  'DELETE /v1/articles/{id}': {
    path: { id: string };
    header: { 'If-Match'?: string; Prefer?: string };
    answers: { 204: undefined };
  };
  /** Find articles near one. */
  'GET /v1/articles/{id}/related': {
    path: { id: string };
    query: { kinds?: string; limit?: number; include?: string };
    header: { Prefer?: string };
    answers: { 200: RelatedArticles };
  };
  /** Take everything out. */
  'GET /v1/export': {
    query: { filter?: string; include?: string; pageToken?: string };
    header: { Prefer?: string };
    answers: { 200: string };
  };
  /** How the service stands, and what it cost this month. */
  'GET /v1/status': { query: { traffic?: boolean }; answers: { 200: Status } };
  /** See which outputs an article has. */
  'GET /v1/articles/{id}/ai-outputs': { path: { id: string }; answers: { 200: AiOutputList } };
  /** Read an output. */
  'GET /v1/articles/{id}/ai-outputs/{kind}': {
    path: { id: string; kind: string };
    query: { version?: number };
    header: { 'If-None-Match'?: string; 'If-Match'?: string };
    answers: { 200: AiOutput; 304: undefined };
  };
  /** Store what a model said. */
  'PUT /v1/articles/{id}/ai-outputs/{kind}': {
    path: { id: string; kind: string };
    query: { onlyNew?: boolean };
    header: { 'If-Match'?: string; 'If-None-Match'?: string; Prefer?: string };
    body: AiOutputInput;
    answers: { 200: StoredAiOutput; 201: StoredAiOutput; 202: StoredAiOutput };
  };
  /** Delete an output, all of its versions. */
  'DELETE /v1/articles/{id}/ai-outputs/{kind}': {
    path: { id: string; kind: string };
    header: { 'If-Match'?: string; Prefer?: string };
    answers: { 204: undefined };
  };
  /** See an output's past. */
  'GET /v1/articles/{id}/ai-outputs/{kind}/versions': {
    path: { id: string; kind: string };
    query: { pageSize?: number; pageToken?: string };
    answers: { 200: AiOutputVersions };
  };
  /** Store up to 100 outputs. */
  'POST /v1/ai-outputs/batch': {
    query: { onlyNew?: boolean };
    header: { 'Idempotency-Key'?: string; Prefer?: string };
    body: AiOutputBatch;
    answers: { 200: AiOutputBatchResult };
  };
  /** See how outputs are built. */
  'GET /v1/ai-outputs/shapes': {
    query: { kind?: string };
    header: { Prefer?: string };
    answers: { 200: ShapeList };
  };
  /** See all kinds of outputs. */
  'GET /v1/kinds': { header: { Prefer?: string }; answers: { 200: KindList } };
  /** Say how much is kept of a kind. */
  'PUT /v1/kinds/{kind}': {
    path: { kind: string };
    header: { Prefer?: string };
    body: KindInput;
    answers: { 200: Kind };
  };
  /** See what is left of a run. */
  'GET /v1/runs/{runId}': {
    path: { runId: string };
    header: { Prefer?: string };
    answers: { 200: Run };
  };
  /** Take back the outputs of a run. */
  'POST /v1/runs/{runId}/revert': {
    path: { runId: string };
    header: { Prefer?: string; 'Idempotency-Key'?: string };
    answers: { 202: Run };
  };
  /** See all projections. */
  'GET /v1/projections': { header: { Prefer?: string }; answers: { 200: ProjectionList } };
  /** Read a projection. */
  'GET /v1/projections/{name}': {
    path: { name: string };
    header: { 'If-None-Match'?: string; 'If-Match'?: string; Prefer?: string };
    answers: { 200: Projection; 304: undefined };
  };
  /** Define a projection. */
  'PUT /v1/projections/{name}': {
    path: { name: string };
    header: { 'If-Match'?: string; 'If-None-Match'?: string; Prefer?: string };
    body: ProjectionInput;
    answers: { 200: Projection; 201: Projection };
  };
  /** Take a projection away. */
  'DELETE /v1/projections/{name}': {
    path: { name: string };
    header: { 'If-Match'?: string; Prefer?: string };
    answers: { 204: undefined };
  };
  /** Fill a projection anew. */
  'POST /v1/projections/{name}/backfill': {
    path: { name: string };
    header: { Prefer?: string; 'Idempotency-Key'?: string };
    answers: { 202: Projection };
  };
  /** See what a projection would yield. */
  'POST /v1/projections/{name}/preview': {
    path: { name: string };
    header: { Prefer?: string };
    body: PreviewInput;
    answers: { 200: Preview };
  };
  /** See an article's relations. */
  'GET /v1/articles/{id}/relations': {
    path: { id: string };
    query: {
      direction?: 'both' | 'out' | 'in';
      kind?: string;
      pageSize?: number;
      pageToken?: string;
    };
    header: { Prefer?: string };
    answers: { 200: RelationList };
  };
  /** Connect two articles. */
  'PUT /v1/articles/{id}/relations/{kind}/{otherId}': {
    path: { id: string; kind: string; otherId: string };
    header: { Prefer?: string };
    body: RelationInput;
    answers: { 200: Relation; 201: Relation };
  };
  /** Take a relation away. */
  'DELETE /v1/articles/{id}/relations/{kind}/{otherId}': {
    path: { id: string; kind: string; otherId: string };
    header: { Prefer?: string };
    answers: { 204: undefined };
  };
  /** Count, group and compute. */
  'GET /v1/aggregations': {
    query: {
      filter?: string;
      q?: string;
      groupBy?: string;
      compute?: string;
      orderBy?: string;
      limit?: number;
    };
    header: { Prefer?: string };
    answers: { 200: Aggregation };
  };
  /** Look through topics. */
  'GET /v1/topics': {
    query: { prefix?: string; type?: string; pageSize?: number; pageToken?: string };
    header: { Prefer?: string };
    answers: { 200: TopicList };
  };
  /** Look through sources. */
  'GET /v1/sources': {
    query: { prefix?: string; pageSize?: number; pageToken?: string };
    header: { Prefer?: string };
    answers: { 200: SourceList };
  };
  /** Read a source. */
  'GET /v1/sources/{key}': {
    path: { key: string };
    header: { 'If-None-Match'?: string; 'If-Match'?: string; Prefer?: string };
    answers: { 200: Source; 304: undefined };
  };
  /** Describe a source. */
  'PUT /v1/sources/{key}': {
    path: { key: string };
    header: { 'If-Match'?: string; 'If-None-Match'?: string; Prefer?: string };
    body: SourceInput;
    answers: { 200: Source; 201: Source };
  };
}
