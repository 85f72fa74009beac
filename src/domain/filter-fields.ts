import type {
  Field,
  FieldRegistry,
  OutputMember,
  ScalarField,
  TopicMember,
  ValueType,
} from './filter-ast.ts';
import { isName, NAME_RULE } from './ids.ts';
import { nearest } from './nearest.ts';

const SCALARS: ReadonlyMap<string, ValueType> = new Map<ScalarField, ValueType>([
  ['id', 'string'],
  ['url', 'string'],
  ['title', 'string'],
  ['description', 'string'],
  ['language', 'string'],
  ['section', 'string'],
  ['source', 'string'],
  ['publishedAt', 'time'],
  ['ingestedAt', 'time'],
  ['updatedAt', 'time'],
  ['rev', 'number'],
]);

const TOPIC_MEMBERS: ReadonlyMap<string, ValueType> = new Map<TopicMember, ValueType>([
  ['key', 'string'],
  ['name', 'string'],
  ['type', 'string'],
  ['weight', 'number'],
]);

const OUTPUT_MEMBERS: ReadonlyMap<string, ValueType> = new Map<OutputMember, ValueType>([
  ['model', 'string'],
  ['version', 'number'],
  ['producedAt', 'time'],
  ['sizeBytes', 'number'],
  ['name', 'string'],
  ['runId', 'string'],
]);

const LISTS = ['authors', 'topics'] as const;
const PREFIXES = ['attributes', 'metrics', 'ai', 'topics'] as const;

/** Whether names are looked up among the article's or those of the topic that `topics.any(…)` looks at. */
export type Scope = 'article' | 'topic';

/** What kind of values a field has: one type, any (attributes), or none, where only presence can be asked. */
export type FieldType = ValueType | 'any' | 'none';

export interface UnknownField {
  readonly code: 'unknown_field' | 'unknown_metric' | 'invalid_name';
  readonly detail: string;
  readonly nearest?: string | undefined;
}

/** Whether `topics.any(…)` knows the name. */
export function isTopicMember(name: string): name is TopicMember {
  return TOPIC_MEMBERS.has(name);
}

/** The type of a field's values; of a list, that of its elements. */
export function fieldType(field: Field, registry: FieldRegistry): FieldType {
  switch (field.kind) {
    case 'scalar':
      return SCALARS.get(field.name) ?? 'string';
    case 'list':
      return 'string';
    case 'attribute':
      return 'any';
    case 'metric':
      return registry.metric(field.name) ?? 'any';
    case 'output':
      return field.member === undefined ? 'none' : (OUTPUT_MEMBERS.get(field.member) ?? 'string');
    case 'topic':
      return TOPIC_MEMBERS.get(field.member) ?? 'string';
  }
}

/** Finds the field that a dotted name means, or says what is wrong with it. */
export function resolveField(
  path: readonly string[],
  scope: Scope,
  registry: FieldRegistry,
): { readonly field: Field } | { readonly unknown: UnknownField } {
  const field = scope === 'topic' ? topicField(path) : articleField(path, registry);
  if (field) return { field };
  return { unknown: scope === 'topic' ? unknownInTopic(path) : unknownField(path, registry) };
}

function topicField(path: readonly string[]): Field | undefined {
  const [member, ...rest] = path;
  if (member === undefined || rest.length > 0 || !isTopicMember(member)) return undefined;
  return { kind: 'topic', member };
}

function articleField(path: readonly string[], registry: FieldRegistry): Field | undefined {
  const [first = '', second, third] = path;
  if (path.length === 1) {
    if (SCALARS.has(first)) return { kind: 'scalar', name: first as ScalarField };
    const list = LISTS.find((name) => name === first);
    return list && { kind: 'list', name: list };
  }
  if (second === undefined) return undefined;
  if (first === 'attributes') return { kind: 'attribute', path: path.slice(1) };
  if (first === 'metrics' && path.length === 2 && registry.metric(second) !== undefined) {
    return { kind: 'metric', name: second };
  }
  if (first !== 'ai' || path.length > 3 || !isName(second)) return undefined;
  if (third === undefined) return { kind: 'output', output: second };
  if (!OUTPUT_MEMBERS.has(third)) return undefined;
  return { kind: 'output', output: second, member: third as OutputMember };
}

function unknownInTopic(path: readonly string[]): UnknownField {
  return {
    code: 'unknown_field',
    detail: `a topic has key, name, type and weight, but no ${path.join('.')}`,
    nearest: nearest(path.at(-1) ?? '', TOPIC_MEMBERS.keys()),
  };
}

function unknownField(path: readonly string[], registry: FieldRegistry): UnknownField {
  const name = path.join('.');
  const [first = '', second = '', third] = path;
  if (first === 'ai' && path.length > 1 && !isName(second)) {
    return { code: 'invalid_name', detail: `the name of an AI output is ${NAME_RULE}` };
  }
  if (first === 'ai' && third !== undefined) {
    const member = nearest(path.slice(2).join('.'), OUTPUT_MEMBERS.keys());
    const detail = `of an AI output one can ask ${[...OUTPUT_MEMBERS.keys()].join(', ')}`;
    return { code: 'unknown_field', detail, nearest: member && `ai.${second}.${member}` };
  }
  if (first === 'metrics' && path.length > 1) {
    return {
      code: 'unknown_metric',
      detail: `there is no metric ${path.slice(1).join('.')}`,
      nearest: nearestMetric(path.slice(1).join('.'), registry),
    };
  }
  const unknown = { code: 'unknown_field', detail: `there is no field ${name}` } as const;
  if (path.length === 1) return { ...unknown, nearest: nearestField(name, registry) };
  const prefix = nearest(first, PREFIXES);
  const respelled = prefix && [prefix, ...path.slice(1)];
  if (respelled && articleField(respelled, registry)) {
    return { ...unknown, nearest: [prefix, name.slice(first.length + 1)].join('.') };
  }
  return { ...unknown, nearest: nearestField(prefix === 'metrics' ? second : first, registry) };
}

/** The nearest metric, as `metrics.<name>`. */
export function nearestMetric(name: string, registry: FieldRegistry): string | undefined {
  const metric = nearest(name, registry.metricNames);
  return metric && `metrics.${metric}`;
}

/** A metric's name alone means the metric; otherwise the fields come first. */
function nearestField(name: string, registry: FieldRegistry): string | undefined {
  if (registry.metric(name) !== undefined) return `metrics.${name}`;
  return nearest(name, [...SCALARS.keys(), ...LISTS]) ?? nearestMetric(name, registry);
}
