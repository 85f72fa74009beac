/** A value of a template: JSON, with CloudFormation's functions among it. */
// biome-ignore lint/suspicious/noExplicitAny: rules look into properties of all types of resources
export type Value = any;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Value>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Value }>>;
}

/** Something wrong with a template: where, and what. */
export type Finding = `${string}: ${string}`;

export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The one resource of a type. */
export function onlyOne(template: Template, type: string): Resource {
  const found = resourcesOf(template, type);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`There are ${found.length} resources of the type ${type}.`);
  }
  return first[1];
}

/** The function of CloudFormation that a value is, with its argument. */
export function intrinsic(
  value: Value,
): { readonly name: string; readonly arg: Value } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, arg: value[name] } : undefined;
}

/** Names of resources that a value refers to, with the attribute where one is asked for. */
export function references(value: Value): { readonly id: string; readonly attribute?: string }[] {
  const found = intrinsic(value);
  if (found?.name === 'Ref') return [{ id: found.arg }];
  if (found?.name === 'Fn::GetAtt') {
    const [id, ...attribute] = Array.isArray(found.arg) ? found.arg : found.arg.split('.');
    return [{ id, attribute: attribute.join('.') }];
  }
  if (found?.name === 'Fn::Sub') {
    const [text, names = {}] = Array.isArray(found.arg) ? found.arg : [found.arg];
    const used = [...String(text).matchAll(/\$\{([^!][^}]*)\}/g)].map(([, name = '']) => name);
    return [
      ...used
        .filter((name) => !(name in names))
        .map((name) => {
          const [id = '', ...attribute] = name.split('.');
          return attribute.length === 0 ? { id } : { id, attribute: attribute.join('.') };
        }),
      ...references(names),
    ];
  }
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(references);
}
