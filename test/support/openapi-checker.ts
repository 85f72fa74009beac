import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from '../../src/http/index.ts';

type Schema = { readonly $ref: string } | object;

interface ResponseLike {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** Holds answers against an OpenAPI document. */
export interface Checker {
  /** What about a value does not fit a schema of the document. */
  faultsOf(schema: Schema, value: unknown): string[];
  /**
   * What about an answer is not as the document says: an undocumented status, another content type, content
   * that does not fit. A path or a method without a route is answered by a problem.
   */
  faultsOfAnswer(asked: { method: string; path: string }, answer: AnswerLike): string[];
}

export interface AnswerLike {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export function createChecker(document: OpenApiDocument): Checker {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  ajv.addFormat('date-time', at);
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  ajv.addSchema(document as unknown as object, 'openapi');
  const routes = Object.entries(document.paths)
    .map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
      parameters: path.split('{').length,
      methods,
    }))
    .sort((a, b) => a.parameters - b.parameters);

  const known = new Map<string, ValidateFunction>();
  function compiled(schema: Schema): ValidateFunction {
    if (!('$ref' in schema)) return ajv.compile(schema);
    const found = known.get(schema.$ref) ?? ajv.compile({ $ref: `openapi${schema.$ref}` });
    known.set(schema.$ref, found);
    return found;
  }

  function faultsOf(schema: Schema, value: unknown): string[] {
    const check = compiled(schema);
    if (check(value)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }
  const problem: ResponseLike = {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };

  function responseFor(method: string, path: string, status: number): ResponseLike | undefined {
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
    const route = routes.find(({ pattern, methods }) => pattern.test(path) && asked in methods);
    const operation = route?.methods[asked];
    if (operation === undefined) {
      if (method === 'OPTIONS' && status === 204) return {};
      return [404, 405, 501].includes(status) ? problem : undefined;
    }
    const found = operation.responses[String(status)];
    if (found?.$ref === undefined) return found as ResponseLike | undefined;
    const name = found.$ref.split('/').pop() ?? '';
    return document.components.responses?.[name] as ResponseLike | undefined;
  }

  return {
    faultsOf,
    faultsOfAnswer({ method, path }, { status, headers, text }) {
      const response = responseFor(method, path, status);
      if (response === undefined) return [`${status} is not documented`];
      const type = headers.get('content-type')?.split(';')[0];
      if (response.content === undefined) {
        return text === '' ? [] : ['has content where the document has none'];
      }
      if (method === 'HEAD') return [];
      const content = type === undefined ? undefined : response.content[type];
      if (content === undefined) return [`the content type ${type} is not documented`];
      return /[/+]json$/.test(type ?? '') ? faultsOf(content.schema, JSON.parse(text)) : [];
    },
  };
}
