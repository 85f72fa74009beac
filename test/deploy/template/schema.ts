import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import {
  type Finding,
  intrinsic,
  type Resource,
  references,
  type Template,
  type Value,
} from './template.ts';

type SpecDatabase = Awaited<ReturnType<typeof loadAwsServiceSpec>>;
const allResources = (db: SpecDatabase) => db.all('resource');
type ResourceSpec = ReturnType<typeof allResources>[number];
type Properties = ResourceSpec['properties'];
type PropertyType = Properties[string]['type'];

/** A second to load, and never another. */
let database: Promise<SpecDatabase> | undefined;

/**
 * Checks a template against AWS's own specification of its resources: types, properties, what is required,
 * values of a wrong type or outside of an enumeration, and references that lead nowhere.
 */
export async function checkSchema(template: Template): Promise<Finding[]> {
  database ??= loadAwsServiceSpec();
  const db = await database;
  const specs = new Map<string, ResourceSpec>();
  for (const { Type } of Object.values(template.Resources)) {
    const [spec] = db.lookup('resource', 'cloudFormationType', 'equals', Type);
    if (spec) specs.set(Type, spec);
  }
  const resources = Object.entries(template.Resources).flatMap(([id, resource]) => {
    // What only this template knows.
    if (resource.Type.startsWith('Custom::')) return [];
    const spec = specs.get(resource.Type);
    if (spec === undefined) return [`${id}: there is no resource type ${resource.Type}` as Finding];
    return checkProperties(db, spec.properties, resource.Properties ?? {}, id);
  });
  return [...resources, ...checkReferences(template, specs)];
}

function checkProperties(
  db: SpecDatabase,
  known: Properties,
  given: Readonly<Record<string, Value>>,
  place: string,
): Finding[] {
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required && !(name in given))
    .map(([name]): Finding => `${place}: ${name} is missing`);
  const wrong = Object.entries(given).flatMap(([name, value]): Finding[] => {
    const property = known[name];
    if (property === undefined) return [`${place}: there is no property ${name}`];
    const types = [...(property.previousTypes ?? []), property.type];
    const faults = types.map((type) => checkValue(db, type, value, `${place}.${name}`));
    return faults.some((found) => found.length === 0) ? [] : (faults.at(-1) ?? []);
  });
  return [...missing, ...wrong];
}

function checkValue(db: SpecDatabase, type: PropertyType, value: Value, place: string): Finding[] {
  const found = intrinsic(value);
  if (found?.name === 'Fn::If') {
    return [found.arg[1], found.arg[2]].flatMap((branch: Value) =>
      checkValue(db, type, branch, place),
    );
  }
  if (found) return [];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const refuse = (what: string): Finding[] => [
    `${place}: ${JSON.stringify(value)?.slice(0, 60)} is not ${what}`,
  ];
  switch (type.type) {
    case 'string':
    case 'date-time':
      if (isObject || Array.isArray(value)) return refuse('a string');
      if ('allowedValues' in type && type.allowedValues?.includes(String(value)) === false) {
        return refuse(`one of ${type.allowedValues.join(', ')}`);
      }
      return [];
    case 'number':
      return Number.isFinite(Number(value)) && value !== '' ? [] : refuse('a number');
    case 'integer':
      return Number.isInteger(Number(value)) && value !== '' ? [] : refuse('a whole number');
    case 'boolean':
      return [true, false, 'true', 'false'].includes(value) ? [] : refuse('true or false');
    case 'array':
      if (!Array.isArray(value)) return refuse('a list');
      return value.flatMap((item, index) =>
        checkValue(db, type.element, item, `${place}[${index}]`),
      );
    case 'map':
      if (!isObject) return refuse('an object');
      return Object.entries(value).flatMap(([name, item]) =>
        checkValue(db, type.element, item, `${place}.${name}`),
      );
    case 'ref': {
      if (!isObject) return refuse('an object');
      return checkProperties(db, db.get('typeDefinition', type.reference).properties, value, place);
    }
    case 'union': {
      const faults = type.types.map((one) => checkValue(db, one, value, place));
      return faults.some((one) => one.length === 0) ? [] : (faults[0] ?? []);
    }
    case 'tag':
      return isObject && 'Key' in value && 'Value' in value ? [] : refuse('a tag');
    default:
      return [];
  }
}

function checkReferences(
  { Resources, Outputs = {} }: Template,
  specs: ReadonlyMap<string, ResourceSpec>,
): Finding[] {
  const check = (
    place: string,
    { id, attribute }: ReturnType<typeof references>[number],
  ): Finding[] => {
    if (id.startsWith('AWS::')) return [];
    const target = Resources[id];
    if (target === undefined) return [`${place}: there is no resource ${id}`];
    const attributes = specs.get(target.Type)?.attributes;
    if (attribute === undefined || attributes === undefined || attribute in attributes) return [];
    return [`${place}: ${id} (${target.Type}) has no attribute ${attribute}`];
  };
  const ofResource = ([id, { Properties, DependsOn }]: [string, Resource]): Finding[] => [
    ...references(Properties).flatMap((reference) => check(id, reference)),
    ...[DependsOn ?? []].flat().flatMap((other) => check(id, { id: other })),
  ];
  return [
    ...Object.entries(Resources).flatMap(ofResource),
    ...Object.entries(Outputs).flatMap(([name, { Value: value }]) =>
      references(value).flatMap((reference) => check(`Outputs.${name}`, reference)),
    ),
  ];
}
