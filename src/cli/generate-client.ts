import { readOpenApiDocument } from '../http/index.ts';

type OpenApi = Awaited<ReturnType<typeof readOpenApiDocument>>;

/** The words of a JSON Schema that matter to a type. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly description?: string;
}

/** The types of the client (`src/client/contract.ts`), out of the OpenAPI document. */
export async function generateContract(): Promise<string> {
  const document = await readOpenApiDocument();
  return [
    '// Made of the OpenAPI document by `npm run client`; a test fails when it is stale.',
    '',
    ...Object.entries(document.components.schemas ?? {}).map(
      ([name, schema]) => `${comment(schema, '')}export type ${name} = ${typeOf(schema, '')};\n`,
    ),
    '/** Every operation: what it is given, and what it answers by status. `text` is an answer that is no JSON. */',
    'export interface Operations {',
    ...Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          `  /** ${operation.summary}. */\n  '${method.toUpperCase()} ${path}': ${operationType(operation)};`,
      ),
    ),
    '}',
    '',
  ].join('\n');
}

type OperationDoc = OpenApi['paths'][string][string];

function operationType({ parameters = [], requestBody, responses }: OperationDoc): string {
  const group = (place: string): string => {
    const found = parameters.filter((one) => one.in === place);
    const members = found.map(
      ({ name, required, schema }) =>
        `${propertyName(name)}${required ? '' : '?'}: ${parameterType(schema as Schema)}`,
    );
    return members.length === 0 ? '' : ` ${place}: { ${members.join('; ')} };`;
  };
  const [content] = Object.values(requestBody?.content ?? {});
  const body = content === undefined ? '' : ` body: ${typeOf(content.schema as Schema, '    ')};`;
  const answers = Object.entries(responses)
    .filter(([status]) => Number(status) < 400)
    .map(([status, response]) => `${status}: ${answerType(response)}`);
  return `{${group('path')}${group('query')}${group('header')}${body} answers: { ${answers.join('; ')} } }`;
}

/** Numbers and flags may be given as what they are: they are written into the query string. */
function parameterType(schema: Schema): string {
  const isFlag = schema.enum?.join() === 'true,false';
  return isFlag ? 'boolean' : typeOf(schema, '');
}

function answerType(response: OperationDoc['responses'][string]): string {
  const [[type, content] = []] = Object.entries(response.content ?? {});
  if (content === undefined) return 'undefined';
  return /json$/.test(type ?? '') && !/ndjson$/.test(type ?? '')
    ? typeOf(content.schema as Schema, '    ')
    : 'string';
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').pop() ?? 'unknown';
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.anyOf !== undefined) {
    return [...new Set(schema.anyOf.map((one) => typeOf(one, indent)))].join(' | ');
  }
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return 'unknown';
  return types.map((type) => plainType(type, schema, indent)).join(' | ');
}

function plainType(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'number':
      return type;
    case 'integer':
      return 'number';
    case 'array': {
      const element = typeOf(schema.items ?? {}, indent);
      return `${/[ |{]/.test(element) ? `(${element})` : element}[]`;
    }
    default:
      return objectType(schema, indent);
  }
}

function objectType(schema: Schema, indent: string): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(
    ([name, member]) =>
      `${comment(member, inner)}${inner}${propertyName(name)}${required.includes(name) ? '' : '?'}: ${typeOf(member, inner)};`,
  );
  if (members.length > 0) return `{\n${members.join('\n')}\n${indent}}`;
  const value =
    typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : '';
  return `{ [name: string]: ${value || 'unknown'} }`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function propertyName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
}

function comment({ description }: Schema, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '*')} */\n`;
}
