/**
 * The contract described: an OpenAPI 3.1 document of the table of routes and of the schemas that requests
 * are read with, and a page that shows it. Loaded when somebody asks for it, never before.
 */

import { once } from '../once.ts';
import { ROUTES } from '../routes.ts';
import { documentOf, type OpenApiDocument } from './document.ts';
import { PAGE_POLICY, renderPage } from './page.ts';

export { documentOf, type OpenApiDocument, PAGE_POLICY };

/** The document of all routes. */
export const openApiDocument = once((): OpenApiDocument => documentOf(ROUTES));

/** Its text. */
export const openApiText = once(() => JSON.stringify(openApiDocument()));

/** Its page, as HTML. */
export const pageText = once(() => renderPage(openApiDocument()));
