import * as z from 'zod';
import { type InputFault, invalid, nearest, pointerSegment } from '../domain/index.ts';
import { MAX_TOLD_FAULTS } from './limits.ts';
import { choiceFault } from './query-parameters.ts';

export interface ShapeOptions {
  readonly op: string;
  /** Where the value stands in the document; pointers of faults begin with it. */
  readonly pointer?: string;
  /** Members of the value itself that only the server sets. */
  readonly serverSet?: readonly string[];
}

/** Checks a value against a schema. Errors: `invalid`, with every fault, unknown members first. */
export function parseShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options: ShapeOptions,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const faults = result.error.issues
    .flatMap((issue) => faultsOf(issue, [], schema, options))
    .sort((a, b) => Number(isMisnamed(b)) - Number(isMisnamed(a)));
  const [first] = faults;
  throw invalid(options.op, first ? describe(first) : 'The body has another form.', faults);
}

function describe({ pointer, detail }: InputFault): string {
  return pointer ? `${pointer} ${detail}.` : `The body ${detail}.`;
}

function isMisnamed({ code }: InputFault): boolean {
  return code === 'unknown_member' || code === 'server_set';
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function faultsOf(
  issue: Issue,
  before: Path,
  schema: z.core.$ZodType,
  options: ShapeOptions,
): readonly InputFault[] {
  const path = [...before, ...issue.path];
  const at = (...more: PropertyKey[]): string =>
    (options.pointer ?? '') +
    [...path, ...more].map((step) => pointerSegment(String(step))).join('');
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = membersAt(schema, path);
      // No more than are told: looking for what each of a hundred thousand could mean takes seconds.
      return issue.keys.slice(0, MAX_TOLD_FAULTS).map((name) => {
        if (path.length === 0 && options.serverSet?.includes(name)) {
          return { pointer: at(name), code: 'server_set', detail: 'is set by the server alone' };
        }
        const suggestion = nearest(name, known);
        return {
          pointer: at(name),
          code: 'unknown_member',
          detail: `is none of ${known.join(', ')}`,
          ...(suggestion === undefined ? {} : { suggestion }),
        };
      });
    }
    case 'invalid_union': {
      const fitting = issue.errors.find((issues) => !issues.some(isOtherType));
      if (fitting) return fitting.flatMap((inner) => faultsOf(inner, path, schema, options));
      const types = issue.errors.flatMap((issues) => issues.filter(isOtherType).map(typeWords));
      return [{ pointer: at(), code: 'wrong_type', detail: `must be ${types.join(' or ')}` }];
    }
    default:
      return [{ pointer: at() + (paramsOf(issue).inside ?? ''), ...plainFault(issue) }];
  }
}

/** What a check of our own has to say beside its message. */
function paramsOf(issue: Issue): {
  readonly code?: string;
  readonly suggestion?: string;
  readonly inside?: string;
} {
  return (issue.code === 'custom' && issue.params) || {};
}

/** Whether a branch of a union does not fit from the start. */
function isOtherType(issue: Issue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function typeWords(issue: z.core.$ZodIssueInvalidType): string {
  return TYPE_WORDS[issue.expected] ?? issue.expected;
}

function plainFault(issue: Issue): Pick<InputFault, 'code' | 'detail' | 'suggestion'> {
  if (issue.input === undefined) return { code: 'required', detail: 'is required' };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'wrong_type', detail: `must be ${typeWords(issue)}` };
    case 'too_big':
      return issue.origin === 'array'
        ? { code: 'too_many', detail: `may have at most ${issue.maximum} elements` }
        : { code: 'out_of_range', detail: `must be at most ${issue.maximum}` };
    case 'too_small':
      return issue.origin === 'array'
        ? { code: 'too_few', detail: `must have at least ${issue.minimum} element` }
        : { code: 'out_of_range', detail: `must be at least ${issue.minimum}` };
    case 'invalid_value': {
      const choices = issue.values.map(String);
      if (typeof issue.input === 'string') return choiceFault(issue.input, choices);
      return { code: 'wrong_type', detail: `must be one of ${choices.join(', ')}` };
    }
    case 'custom': {
      const { code, suggestion } = paramsOf(issue);
      return {
        code: code ?? 'malformed',
        detail: issue.message,
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    }
    default:
      return { code: 'malformed', detail: 'is malformed' };
  }
}

/** The names that an object of the schema may have at a path. */
function membersAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  let found = objectsIn(schema);
  for (const step of path) {
    found = found.flatMap((one) => {
      if (one instanceof z.ZodArray) return objectsIn(one.element);
      const inner = one instanceof z.ZodObject ? one.shape[String(step)] : undefined;
      return inner === undefined ? [] : objectsIn(inner);
    });
  }
  return found.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

/** The objects and lists that a schema may be, with what wraps them taken off. */
function objectsIn(schema: z.core.$ZodType): readonly (z.ZodObject | z.ZodArray)[] {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodArray) return [schema];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => objectsIn(one));
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) {
    return objectsIn(schema.unwrap());
  }
  return [];
}
