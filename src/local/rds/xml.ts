const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** A result as the query protocol prints it. A list stands under the name of its members. */
export function resultXml(action: string, result: object, requestId: string): string {
  return `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${members(result)}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

export function errorXml(code: string, message: string, requestId: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function members(value: object): string {
  return Object.entries(value)
    .flatMap(([name, member]) => {
      const all: unknown[] = Array.isArray(member) ? member : [member];
      return all.map((each) => `<${name}>${content(each)}</${name}>`);
    })
    .join('');
}

function content(value: unknown): string {
  return typeof value === 'object' && value !== null ? members(value) : escapeXml(String(value));
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
