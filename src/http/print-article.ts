import {
  type Article,
  type FieldMask,
  type JsonTree,
  type MemberPath,
  type MetricValue,
  printTimestamp,
  readJson,
  type Source,
  type Topic,
  wantedPaths,
  wants,
} from '../domain/index.ts';
import type { ArticleView } from '../facade/index.ts';
import { isMembers } from './json-tree.ts';
import { printBlock } from './print-output.ts';

/** An article as readers get it, for `printJson`: the members that the mask lets through, in the order of the contract. */
export function printArticle(
  { article, body, aiOutputs }: ArticleView,
  mask: FieldMask,
  degraded: readonly string[] = [],
): object {
  const { source, publishedAt } = article;
  const ofTopics = wantedPaths(mask, 'topics');
  const whole = {
    id: article.id,
    url: article.url,
    title: article.title,
    description: article.description,
    body,
    language: article.language,
    section: article.section,
    source: source && printSource(source, wantedPaths(mask, 'source')),
    authors: article.authors,
    topics: article.topics.map((topic) => printTopic(topic, ofTopics)),
    publishedAt: publishedAt && printTimestamp(publishedAt),
    ingestedAt: printTimestamp(article.ingestedAt),
    updatedAt: printTimestamp(article.updatedAt),
    rev: article.rev,
    attributes: printAttributes(article, wantedPaths(mask, 'attributes')),
    metrics: printMetrics(article.metrics, wantedPaths(mask, 'metrics')),
  };
  const printed: Record<string, unknown> = {};
  for (const name of Object.keys(whole) as (keyof typeof whole)[]) {
    if (wants(mask, name)) printed[name] = whole[name];
  }
  if (aiOutputs !== undefined) {
    const blocks: Record<string, object> = Object.create(null);
    for (const [kind, block] of aiOutputs) blocks[kind] = printBlock(block);
    printed.aiOutputs = blocks;
  }
  if (degraded.length > 0) printed.degraded = degraded;
  return printed;
}

function printSource(source: Source, paths: readonly MemberPath[] | undefined): object {
  return onlyNamed({ key: source.key, name: source.name }, paths);
}

function printTopic(topic: Topic, paths: readonly MemberPath[] | undefined): object {
  const { key, name, type, weight, projection } = topic;
  return onlyNamed({ key, name, type, weight, projection }, paths);
}

function printMetrics(
  metrics: Readonly<Record<string, MetricValue>>,
  paths: readonly MemberPath[] | undefined,
): object {
  return onlyNamed(metrics, paths);
}

function onlyNamed(members: object, paths: readonly MemberPath[] | undefined): object {
  if (paths === undefined) return members;
  const names = new Set(paths.map(([name]) => name));
  return Object.fromEntries(Object.entries(members).filter(([name]) => names.has(name)));
}

/** The values at the paths as the text they are stored as, each where it stands; paths lead through objects only. */
function printAttributes(
  { attributes }: Article,
  paths: readonly MemberPath[] | undefined,
): unknown {
  if (paths === undefined) return attributes;
  const tree = readJson(attributes.text, {
    raw: paths,
    exactNumbers: true,
    duplicates: 'last',
    maxDepth: MAX_STORED_DEPTH,
    maxRawDepth: MAX_STORED_DEPTH,
  });
  const picked: Record<string, unknown> = Object.create(null);
  for (const path of paths) copyPath(tree, path, picked);
  return picked;
}

/** Attributes are checked when they come in; a merge of two can be a little deeper than each. */
const MAX_STORED_DEPTH = 512;

function copyPath(from: JsonTree, path: MemberPath, to: Record<string, unknown>): void {
  const [name, ...rest] = path;
  if (name === undefined || !isMembers(from)) return;
  const value = from[name];
  if (value === undefined) return;
  if (rest.length === 0) {
    to[name] = value;
  } else if (isMembers(value)) {
    // No path of a mask lies inside another, so what is there already is an object of ours.
    to[name] ??= Object.create(null);
    copyPath(value, rest, to[name] as Record<string, unknown>);
  }
}
