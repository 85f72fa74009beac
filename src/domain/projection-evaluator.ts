import { offsetPastBytes } from './filter-syntax.ts';
import { countCodePoints, isArticleId, isKey, isPlainText } from './ids.ts';
import { JsonPath } from './json-path.ts';
import {
  MAX_METRIC_STRING_BYTES,
  type MetricValueType,
  type ProjectedRelation,
  type ProjectedResult,
  type ProjectedTopic,
  type ProjectionDefinition,
} from './projection.ts';
import { BudgetSpent, StepBudget } from './step-budget.ts';
import { parseTimestamp } from './time.ts';

/** Bounds of what a projection yields of one output. */
export const PROJECTION_LIMITS = {
  /** Topics or relations kept of an output, the heaviest: as many as a caller may give an article. */
  elements: 200,
  /** Code points of a topic's name; a longer one is cut. */
  topicName: 256,
  /**
   * Nodes and comparisons that all paths of a projection may take in one output: one that asks `..` of a
   * real parse of 373 KB takes 30,000. An output of 4 MiB takes 50 ms at this bound.
   */
  steps: 500_000,
} as const;

/** What a projection makes of one output, without its name. */
export type Yield = ProjectedResult extends infer Result
  ? Result extends unknown
    ? Omit<Result, 'projection'>
    : never
  : never;

/**
 * A definition, ready for outputs: the paths are parsed once. What an output yields depends on the
 * output and its article's id alone.
 */
export interface ProjectionEvaluator {
  /** `output` is as `JSON.parse` makes it. Never throws for what stands in it. */
  evaluate(output: unknown, articleId: string): Yield;
}

const MISSED: Yield = { status: 'missed' };
const FAILED: Yield = { status: 'failed' };

/** Errors: `JsonPathError`, of a definition that was never checked. */
export function compileProjection(definition: ProjectionDefinition): ProjectionEvaluator {
  const inner = compileTarget(definition);
  return {
    evaluate(output, articleId) {
      try {
        return inner(output, new StepBudget(PROJECTION_LIMITS.steps), articleId);
      } catch (error) {
        if (error instanceof BudgetSpent) return FAILED;
        throw error;
      }
    },
  };
}

type Inner = (output: unknown, budget: StepBudget, articleId: string) => Yield;

function compileTarget(definition: ProjectionDefinition): Inner {
  const { target } = definition;
  switch (target.type) {
    case 'metric':
      return compileMetric(definition, target.valueType);
    case 'topics':
      return compileTopics(definition);
    case 'relations':
      return compileRelations(definition);
  }
}

function compileMetric({ select = [], scale }: ProjectionDefinition, type: MetricValueType): Inner {
  const paths = select.map((text) => JsonPath.parse(text));
  return (output, budget) => {
    for (const path of paths) {
      const found = path.find(output, budget, isValue);
      if (found === undefined) continue;
      const value = castMetric(found, type, scale);
      return value === undefined ? FAILED : { status: 'matched', value };
    }
    return MISSED;
  };
}

/** A value as it can be sorted; undefined when it is of another type, or beyond what can be kept. */
function castMetric(
  value: unknown,
  type: MetricValueType,
  scale: number | undefined,
): number | string | boolean | undefined {
  switch (type) {
    case 'number':
      return numberOf(value, scale);
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'time':
      return typeof value === 'string' ? parseTimestamp(value) : undefined;
    case 'string':
      return typeof value === 'string' && fitsIndex(value) ? value : undefined;
  }
}

function compileTopics(definition: ProjectionDefinition): Inner {
  const label = optionalPath(definition.label);
  const topicType = optionalPath(definition.topicType);
  const weightOf = compileWeight(definition);
  return compileElements(definition, definition.key, (key, element, budget) => {
    if (typeof key !== 'string' || !isKey(key)) return undefined;
    const weight = weightOf(element, budget);
    if (weight === undefined) return undefined;
    const name = nameOf(label?.find(element, budget, isValue));
    const type = topicType?.find(element, budget, isValue);
    const topic: ProjectedTopic = {
      key,
      weight: weight ?? 1,
      // Mere decoration: without them a topic has its key as its name, and the usual type.
      ...(name === undefined ? {} : { name }),
      ...(typeof type === 'string' && isKey(type) ? { type } : {}),
    };
    return { id: key, weight: topic.weight, made: topic };
  })((topics) => ({ status: 'matched', topics }));
}

function compileRelations(definition: ProjectionDefinition): Inner {
  const weightOf = compileWeight(definition);
  return compileElements<ProjectedRelation>(definition, definition.to, (to, element, budget) => {
    if (typeof to !== 'string' || !isArticleId(to)) return undefined;
    const weight = weightOf(element, budget);
    return weight === undefined ? undefined : { id: to, weight: weight ?? 0, made: { to, weight } };
  })((relations) => ({ status: 'matched', relations }));
}

interface Element<T> {
  readonly id: string;
  readonly weight: number;
  readonly made: T;
}

/**
 * Makes something of each element that has an id: the heaviest of each id, the heaviest of all, in the
 * order of the output. An element without an id is passed over; one that `make` cannot take is too, and
 * the output counts as failed when nothing else came of it.
 */
function compileElements<T>(
  { each = '$', target }: ProjectionDefinition,
  id = '$',
  make: (id: unknown, element: unknown, budget: StepBudget) => Element<T> | undefined,
): (toYield: (made: readonly T[]) => Yield) => Inner {
  const elements = JsonPath.parse(each);
  const idPath = JsonPath.parse(id);
  return (toYield) => (output, budget, articleId) => {
    const found = new Map<string, Element<T>>();
    let refused = false;
    for (const element of elements.values(output, budget)) {
      const named = idPath.find(element, budget, isValue);
      if (named === undefined) continue;
      const made = make(named, element, budget);
      if (made === undefined) refused = true;
      else if (target.type === 'relations' && made.id === articleId) continue;
      else if ((found.get(made.id)?.weight ?? -1) < made.weight) found.set(made.id, made);
    }
    if (found.size === 0) return refused ? FAILED : MISSED;
    return toYield(heaviest([...found.values()]).map(({ made }) => made));
  };
}

function heaviest<T>(elements: readonly Element<T>[]): readonly Element<T>[] {
  if (elements.length <= PROJECTION_LIMITS.elements) return elements;
  const order = new Map(elements.map((element, index) => [element, index]));
  return elements
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, PROJECTION_LIMITS.elements)
    .sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** Weight of an element: null where it has none, undefined where it has one that is no number. */
function compileWeight({
  weight,
  weightScale = 1,
}: ProjectionDefinition): (element: unknown, budget: StepBudget) => number | null | undefined {
  const path = optionalPath(weight);
  return (element, budget) => {
    const found = path?.find(element, budget, isValue);
    if (found === undefined) return null;
    if (typeof found !== 'number') return undefined;
    // Clamped, so that a number beyond all doubles is a weight too.
    const scaled = found * weightScale;
    return Number.isNaN(scaled) ? undefined : Math.min(Math.max(scaled, 0), 1) || 0;
  };
}

function fitsIndex(text: string): boolean {
  const max = MAX_METRIC_STRING_BYTES;
  return isPlainText(text, max) && offsetPastBytes(text, max) === undefined;
}

/** Finite only: neither a number beyond all doubles nor its product has a place in an order. */
function numberOf(value: unknown, scale = 1): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const scaled = value * scale;
  // Zero has one sign, or it would be two values to some and one to others.
  return Number.isFinite(scaled) ? scaled || 0 : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const max = PROJECTION_LIMITS.topicName;
  const name =
    countCodePoints(value, max) <= max
      ? value
      : [...value.slice(0, 2 * max)].slice(0, max).join('');
  return isPlainText(name, max) ? name : undefined;
}

function optionalPath(text: string | undefined): JsonPath | undefined {
  return text === undefined ? undefined : JsonPath.parse(text);
}

/** JSON null is no value: the search goes on behind it. */
function isValue(value: unknown): boolean {
  return value !== null;
}
