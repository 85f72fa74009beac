import { createHash } from 'node:crypto';
import type { Content, OpenApiDocument, Operation, Parameter, ResponseDoc } from './document.ts';
import { schemaRows, typeOf } from './page-schema.ts';
import { PAGE_STYLE } from './page-style.ts';
import { escapeHtml, markdown } from './page-text.ts';
import type { JsonSchema } from './parameters.ts';

/** What the page may do: show its own style, and nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256')
  .update(PAGE_STYLE)
  .digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The document as one page, without a script and without anything from elsewhere. */
export function renderPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags.map(({ name, description }) => ({
    name: String(name),
    description: String(description),
    operations: operations.filter(({ operation }) => operation.tags.includes(String(name))),
  }));
  const { title, summary, description } = document.info as Record<string, string>;
  const schemas = Object.entries(document.components.schemas ?? {});
  const links = groups.map(
    (group) =>
      `<h2>${escapeHtml(group.name)}</h2><ul>${group.operations
        .map(
          ({ method, operation }) =>
            `<li><a href="#${operation.operationId}"><span class="method ${method}">${method.toUpperCase()}</span>${escapeHtml(operation.summary)}</a></li>`,
        )
        .join('')}</ul>`,
  );
  const parts = groups.map(
    (group) =>
      `<h2 id="${slug(group.name)}">${escapeHtml(group.name)}</h2><p class="lead">${markdown(group.description)}</p>${group.operations
        .map(({ path, method, operation }) => renderOperation(path, method, operation, document))
        .join('')}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(`${title} API`)}</title><link rel="icon" href="data:,"><style>${PAGE_STYLE}</style></head>
<body><div class="page"><nav aria-label="Operations"><a href="#top"><strong>${escapeHtml(title ?? '')} API</strong></a>${links.join('')}
<h2>Schemas</h2><ul>${schemas.map(([name]) => `<li><a href="#schema-${name}">${name}</a></li>`).join('')}</ul></nav>
<main id="top"><h1>${escapeHtml(title ?? '')} API</h1><p class="lead">${markdown(summary ?? '')} ${markdown(description ?? '')}</p>
<p><a href="/openapi.json">openapi.json</a>, OpenAPI ${escapeHtml(document.openapi)}. ${markdown('Tokens: `Authorization: Bearer …`, with the scope that stands at each operation.')}</p>
${parts.join('')}
<h2 id="schemas">Schemas</h2>${schemas.map(([name, schema]) => renderSchema(name, schema)).join('')}
</main></div></body></html>
`;
}

function renderOperation(
  path: string,
  method: string,
  operation: Operation,
  document: OpenApiDocument,
): string {
  const { operationId, summary, description, security, parameters = [], requestBody } = operation;
  const scope = security.flatMap((one) => Object.values(one).flat()).join(', ');
  const body = Object.entries(requestBody?.content ?? {}).map(
    ([type, content]) => `<h4>Body</h4>${renderContent(type, content)}`,
  );
  const answers = Object.entries(operation.responses).map(([status, response]) =>
    renderAnswer(status, response, document),
  );
  return `<section class="op" id="${operationId}"><h3>${escapeHtml(summary)}</h3>
<p class="path"><span class="method ${method}">${method.toUpperCase()}</span><code>${escapeHtml(path)}</code><span class="scope">${scope === '' ? 'no token needed' : escapeHtml(scope)}</span></p>
${description === undefined ? '' : `<p>${markdown(description)}</p>`}
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${renderParameters(parameters)}`}
${body.join('')}<h4>Answers</h4><table><tbody>${answers.join('')}</tbody></table></section>`;
}

function renderParameters(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, description, schema, example, required }) =>
      `<tr><td><code>${escapeHtml(name)}</code><br><span class="type">${place}${required ? ' <span class="need">required</span>' : ''}</span></td><td>${markdown(description)} <span class="type">${escapeHtml(typeOf(schema))}</span>${example === undefined ? '' : `<br><span class="type">such as</span> <code>${escapeHtml(String(example))}</code>`}</td></tr>`,
  );
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

function renderAnswer(status: string, response: ResponseDoc, document: OpenApiDocument): string {
  const name = response.$ref?.split('/').pop() ?? '';
  const found = (
    response.$ref === undefined ? response : document.components.responses?.[name]
  ) as ResponseDoc;
  const contents = Object.entries(found.content ?? {}).map(([type, content]) =>
    renderContent(type, content),
  );
  const isProblem = response.$ref !== undefined;
  const inside =
    isProblem && contents.length > 0
      ? `<details><summary>an example</summary>${contents.join('')}</details>`
      : contents.join('');
  return `<tr><td><code>${status}</code></td><td>${markdown(found.description ?? '')}${inside}</td></tr>`;
}

function renderContent(type: string, { schema, example }: Content): string {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').pop() : undefined;
  const link = name === undefined ? '' : ` of <a href="#schema-${name}">${escapeHtml(name)}</a>`;
  const shown =
    example === undefined
      ? ''
      : `<pre tabindex="0"><code>${escapeHtml(JSON.stringify(example, null, 2))}</code></pre>`;
  return `<div class="type">${escapeHtml(type)}${link}</div>${shown}`;
}

function renderSchema(name: string, schema: JsonSchema): string {
  const rows = schemaRows(schema).map(
    ({ path, type, description, required }) =>
      `<tr><td><code>${escapeHtml(path)}</code>${required ? ' <span class="need">required</span>' : ''}</td><td><span class="type">${type}</span> ${markdown(description)}</td></tr>`,
  );
  const { description } = schema as { readonly description?: string };
  return `<section class="op" id="schema-${name}"><h3>${escapeHtml(name)}</h3>${description === undefined ? '' : `<p>${markdown(description)}</p>`}<table><tbody>${rows.join('')}</tbody></table></section>`;
}

function slug(text: string): string {
  return text.toLowerCase().replace(/\W+/g, '-');
}
