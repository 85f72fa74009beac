import { type InputFault, invalid } from './errors.ts';
import { JsonPath } from './json-path.ts';
import { JsonPathError } from './json-path-syntax.ts';
import { nearest } from './nearest.ts';
import type { MetricValueType, ProjectionDefinition, ProjectionTarget } from './projection.ts';

/** Members of a definition that hold one path. */
const PATH_MEMBERS = ['each', 'key', 'label', 'topicType', 'to', 'weight'] as const;

/** What each target takes beside `kind`, `target` and `description`; the first so many it needs. */
const MEMBERS: Readonly<
  Record<
    ProjectionTarget['type'],
    {
      readonly needs: readonly (keyof ProjectionDefinition)[];
      readonly takes: readonly (keyof ProjectionDefinition)[];
    }
  >
> = {
  metric: { needs: ['select'], takes: ['scale', 'unit'] },
  topics: { needs: ['each', 'key'], takes: ['label', 'topicType', 'weight', 'weightScale'] },
  relations: { needs: ['each', 'to'], takes: ['weight', 'weightScale'] },
};

/** A target whose members are of the right types, but not yet those that belong together. */
export interface TargetParts {
  readonly type: ProjectionTarget['type'];
  readonly valueType?: MetricValueType;
  readonly relation?: string;
}

/** A definition whose members are known and of the right types. */
export type DefinitionParts = Omit<ProjectionDefinition, 'target'> & {
  readonly target: TargetParts;
};

/**
 * Reads a definition: that its members belong to its target and that its paths are paths. Errors:
 * `invalid`, with every fault; one in a path has its pointer and its position.
 */
export function readDefinition(parts: DefinitionParts): ProjectionDefinition {
  const faults = [...targetFaults(parts.target), ...memberFaults(parts), ...pathFaults(parts)];
  const [first] = faults;
  if (first) throw invalid('projections.check', `${first.pointer} ${first.detail}.`, faults);
  // The faults above are all that keeps the parts from being a target.
  return { ...parts, target: parts.target as ProjectionTarget };
}

function targetFaults({ type, valueType, relation }: TargetParts): InputFault[] {
  const members = [
    { name: 'valueType', value: valueType, of: 'metric' },
    { name: 'relation', value: relation, of: 'relations' },
  ];
  return members.flatMap(({ name, value, of }) => {
    const pointer = `/target/${name}`;
    if (type === of && value === undefined) {
      return [{ pointer, code: 'required', detail: 'is required' }];
    }
    if (type === of || value === undefined) return [];
    return [foreign(pointer, `belongs to a target "${of}", not to "${type}"`)];
  });
}

function memberFaults(parts: DefinitionParts): InputFault[] {
  const { type, valueType } = parts.target;
  const { needs, takes } = MEMBERS[type];
  const faults: InputFault[] = needs
    .filter((name) => parts[name] === undefined)
    .map((name) => ({
      pointer: `/${name}`,
      code: 'required',
      detail: `is required for a target "${type}"`,
    }));
  const own: readonly string[] = ['kind', 'target', 'description', ...needs, ...takes];
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined || own.includes(name)) continue;
    const meant = nearest(name, own);
    const fault = foreign(`/${name}`, `does not belong to a target "${type}"`);
    faults.push(meant === undefined ? fault : { ...fault, suggestion: meant });
  }
  if (type === 'metric' && valueType !== 'number' && parts.scale !== undefined) {
    faults.push(foreign('/scale', 'belongs to a metric of numbers'));
  }
  if (parts.weightScale !== undefined && parts.weight === undefined) {
    faults.push(foreign('/weightScale', 'needs a weight to multiply'));
  }
  return faults;
}

function pathFaults(parts: DefinitionParts): InputFault[] {
  const paths: [pointer: string, text: string][] = (parts.select ?? []).map((text, index) => [
    `/select/${index}`,
    text,
  ]);
  for (const name of PATH_MEMBERS) {
    const text = parts[name];
    if (text !== undefined) paths.push([`/${name}`, text]);
  }
  return paths.flatMap(([pointer, text]) => {
    try {
      JsonPath.parse(text);
      return [];
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      const detail = `is no JSONPath (RFC 9535): ${error.message}`;
      return [{ pointer, position: error.position, code: 'invalid_path', detail }];
    }
  });
}

function foreign(pointer: string, detail: string): InputFault {
  return { pointer, code: 'not_applicable', detail };
}
