import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/index.ts';
import { documentOf, openApiDocument } from '../../src/http/openapi/index.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { createChecker } from '../support/openapi-checker.ts';
import { aBench } from './support.ts';

const document = openApiDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it("is valid by OpenAPI's own schema, 3.1", async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect([valid, errors]).toEqual([true, undefined]);
    expect(document.openapi).toBe('3.1.0');
  });

  it('tells of the routes, all of them and no others, under names of their own', () => {
    const told = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(told.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('cannot be made of a route that nobody describes, or with a parameter that nobody does', () => {
    const [route] = ROUTES;
    if (!route) throw new Error('There are no routes.');
    expect(() => documentOf([{ ...route, path: '/v1/new' }])).toThrow('GET /v1/new');
    const listed = ROUTES.find(({ path }) => path === '/v1/articles');
    if (!listed) throw new Error('There is no list.');
    expect(() => documentOf([{ ...listed, query: ['colour'] }])).toThrow('query colour');
  });

  it('describes nothing that is not there', () => {
    const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(OPERATIONS).sort()).toEqual(routes.sort());
  });

  it('leads every reference somewhere', () => {
    const text = JSON.stringify(document);
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = path
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
      expect([path, target !== undefined]).toEqual([path, true]);
    }
  });

  it('has the scope of each route, and its statuses', () => {
    for (const { path, method, operation } of operations) {
      const route = ROUTES.find((one) => one.path === path && one.method === method.toUpperCase());
      const scopes = operation.security.flatMap((one) => Object.values(one).flat());
      expect([path, scopes]).toEqual([path, route?.access === 'open' ? [] : [route?.access]]);
      const statuses = Object.keys(operation.responses);
      if (route?.access !== 'open') {
        expect(statuses).toEqual(
          expect.arrayContaining(['400', '401', '403', '429', '500', '503']),
        );
      }
      expect(statuses.includes('415')).toBe(route?.takes !== undefined);
    }
  });

  it('has an example of every body, answer and problem, each of which fits', () => {
    const checker = createChecker(document);
    let examples = 0;
    const contents = [
      ...operations.flatMap(({ operation }) => [
        ...Object.values(operation.requestBody?.content ?? {}),
        ...Object.values(operation.responses).flatMap(({ content = {} }) => Object.values(content)),
      ]),
      ...Object.values(document.components.responses ?? {}).flatMap(({ content = {} }) =>
        Object.values(content as Record<string, { schema: object; example?: unknown }>),
      ),
    ];
    for (const { schema, example } of contents) {
      if (!('$ref' in schema)) continue;
      expect(example).toBeDefined();
      expect(checker.faultsOf(schema as { $ref: string }, example)).toEqual([]);
      examples++;
    }
    expect(examples).toBeGreaterThan(40);
  });
});

describe('the description over HTTP', () => {
  let page: string;
  beforeAll(async () => {
    page = (await aBench().send('GET', '/docs')).text;
  });

  it('is the document, and open to all', async () => {
    const answer = await aBench().send('GET', '/openapi.json');
    expect([answer.status, answer.json]).toEqual([200, JSON.parse(JSON.stringify(document))]);
  });

  it('is a page of every operation and schema, that asks for nothing else', async () => {
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    for (const name of Object.keys(document.components.schemas ?? {})) {
      expect(page).toContain(`id="schema-${name}"`);
    }
    expect(page).not.toMatch(/<script|<iframe|<img|@import|url\(|src=|<[^>]*\son\w+=/);
    const links = [...page.matchAll(/<link[^>]*href="([^"]*)"/g)].map(([, href]) => href);
    expect(links).toEqual(['data:,']);
    const anchors = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(anchors.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
  });

  it('may run nothing', async () => {
    const policy = (await aBench().send('GET', '/docs')).headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'/);
    expect(policy).not.toContain('unsafe');
  });
});
