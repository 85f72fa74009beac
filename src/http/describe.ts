import { jsonText } from './json-answer.ts';
import type { OpenApiDocument } from './openapi/document.ts';

/** How long a reader may keep the description: until the next deploy changes it, more or less. */
const CACHE = 'public, max-age=300';

export const HTML_TYPE = 'text/html';

/** The document itself, for tools. */
export async function readOpenApiDocument(): Promise<OpenApiDocument> {
  return (await import('./openapi/index.ts')).openApiDocument();
}

/** `GET /openapi.json`: what the service can be asked, for programs. No store is asked. */
export async function openapi(): Promise<Response> {
  const { openApiText } = await import('./openapi/index.ts');
  return jsonText(200, openApiText(), { 'cache-control': CACHE });
}

/** `GET /docs`: the same, for people. */
export async function docs(): Promise<Response> {
  const { pageText, PAGE_POLICY } = await import('./openapi/index.ts');
  return new Response(pageText(), {
    headers: {
      'content-type': `${HTML_TYPE}; charset=utf-8`,
      'content-security-policy': PAGE_POLICY,
      'cache-control': CACHE,
    },
  });
}
