// What the examples of the document are made of: one article and its outputs, out of the sample.

export const ARTICLE_INPUT = {
  title: 'Wrenport ferry sails again after two winters on dry land',
  url: 'https://news.example/wrenport-ferry',
  language: 'en',
  section: 'local',
  source: { key: 'the-wren', name: 'The Wren' },
  authors: ['Ada Quill'],
  topics: ['ferries', { key: 'Q1', name: 'Wrenport', type: 'place', weight: 0.8 }],
  publishedAt: '2026-03-02T06:30:00Z',
  attributes: { desk: 'harbour', words: 412 },
};

export const ARTICLE = {
  id: 'wrenport-ferry-returns',
  url: 'https://news.example/wrenport-ferry',
  title: 'Wrenport ferry sails again after two winters on dry land',
  language: 'en',
  section: 'local',
  source: { key: 'the-wren', name: 'The Wren' },
  authors: ['Ada Quill'],
  topics: [
    { key: 'ferries', name: 'ferries', type: 'topic', weight: 1 },
    { key: 'Q1', name: 'Wrenport', type: 'place', weight: 0.8 },
  ],
  publishedAt: '2026-03-02T06:30:00.000Z',
  ingestedAt: '2026-03-02T06:31:12.481Z',
  updatedAt: '2026-03-02T06:31:12.481Z',
  rev: 1,
  attributes: { desk: 'harbour', words: 412 },
  metrics: { readability: 61.2 },
};

export const OUTPUT_INPUT = {
  output: { label: 'positive', score: 0.74 },
  producer: { name: 'sentiment', model: 'tone-2', runId: 'run-2026-03-01' },
  usage: { inputTokens: 812, outputTokens: 24, costUsd: 0.0004 },
};

export const OUTPUT_INFO = {
  status: 'ok',
  version: 2,
  producer: { name: 'sentiment', model: 'tone-2', runId: 'run-2026-03-01' },
  usage: { inputTokens: 812, outputTokens: 24, costUsd: 0.0004 },
  producedAt: '2026-03-02T06:32:00.000Z',
  storedAt: '2026-03-02T06:32:01.117Z',
  sizeBytes: 35,
  sha256: 'af0a6a84b9f5c1d20c1f1b0e3f6a7d8890ab12cd34ef56a7b8c9d0e1f2a3b4c5',
};

export const OUTPUT = { ...OUTPUT_INFO, output: { label: 'positive', score: 0.74 } };

export const STORED_OUTPUT = {
  articleId: 'wrenport-ferry-returns',
  kind: 'sentiment',
  version: 2,
  sizeBytes: 35,
  storedBytes: 41,
  sha256: OUTPUT_INFO.sha256,
  producedAt: OUTPUT_INFO.producedAt,
  storedAt: OUTPUT_INFO.storedAt,
};

export const RELATION = {
  from: 'wrenport-ferry-returns',
  to: 'wrenport-ferry-stops',
  kind: 'follows-up',
  weight: 0.9,
  origin: 'editor',
  createdAt: '2026-03-02T07:00:00.000Z',
};
