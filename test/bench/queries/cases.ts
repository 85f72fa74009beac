import { COMMON_KIND, COMMON_TOPIC, OVERFLOW_METRIC, RARE_TOPIC } from './generate.ts';

/** A list as clients of a news archive ask for it. */
export interface Case {
  readonly name: string;
  readonly filter?: string;
  readonly orderBy?: string;
  /** The same question about a rare topic, beside which a common one must not be slow. */
  readonly rare?: string;
}

export const CASES: readonly Case[] = [
  { name: 'newest' },
  { name: 'of a source', filter: 'source = "source-7"' },
  { name: 'of a section, in a language', filter: 'section = "sport" AND language = "de"' },
  { name: 'by metric', orderBy: 'metrics.readability desc' },
  { name: 'by metric, then date', orderBy: 'metrics.word-count desc, publishedAt desc' },
  { name: 'by metric of most, then date', orderBy: 'metrics.novelty desc, publishedAt desc' },
  {
    name: 'in a language, by metric, then title',
    filter: 'language = "en"',
    orderBy: 'metrics.word-count desc, title',
  },
  { name: 'by title', orderBy: 'title' },
  {
    name: 'metric in a range, by it',
    filter: 'metrics.readability >= 50 AND metrics.readability < 60',
    orderBy: 'metrics.readability',
  },
  {
    name: 'newest of two metrics',
    filter: 'metrics.word-count > 900 AND metrics.sentiment < 0.2',
  },
  {
    name: 'common topic, newest',
    filter: `topics:"${COMMON_TOPIC}"`,
    rare: `topics:"${RARE_TOPIC}"`,
  },
  {
    name: 'common topic, by metric',
    filter: `topics:"${COMMON_TOPIC}"`,
    orderBy: 'metrics.readability desc',
    rare: `topics:"${RARE_TOPIC}"`,
  },
  {
    name: 'common topic, by metric of all',
    filter: `topics:"${COMMON_TOPIC}"`,
    orderBy: 'metrics.word-count desc',
    rare: `topics:"${RARE_TOPIC}"`,
  },
  {
    name: 'common topic, by unranked metric',
    filter: `topics:"${COMMON_TOPIC}"`,
    orderBy: 'metrics.reviewed-at desc',
    rare: `topics:"${RARE_TOPIC}"`,
  },
  { name: 'by a metric beyond the pool', orderBy: `metrics.${OVERFLOW_METRIC} desc` },
  { name: 'newest by a model', filter: 'ai.summary.model = "phi4"' },
  { name: 'without a summary', filter: 'ai.summary = null' },
  { name: 'without what nearly all have', filter: `ai.${COMMON_KIND} = null` },
];

/**
 * What no index answers page by page, shown for comparison without a bar: its cost grows with the matches,
 * or with the pages stepped over.
 */
export const COSTLY: readonly (Case & { readonly skip?: number; readonly counted?: boolean })[] = [
  { name: 'newest, skip 10,000', skip: 10_000 },
  { name: 'newest, exact count', counted: true },
  { name: 'common topic, exact count', filter: `topics:"${COMMON_TOPIC}"`, counted: true },
  {
    name: 'by metric with many ties, then date',
    orderBy: 'metrics.readability desc, publishedAt desc',
  },
  { name: 'by one of three verdicts, then date', orderBy: 'metrics.verdict, publishedAt desc' },
  { name: 'text, newest first', filter: 'text("w300")', orderBy: 'publishedAt desc' },
  { name: 'text, best first', filter: 'text("w300")' },
  { name: 'title contains', filter: 'title:"TELESCOPE"' },
  { name: 'an attribute', filter: 'attributes.desk = "desk-40"' },
];
