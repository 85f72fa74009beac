import { DataApiError } from './service-error.ts';

/** Reads PostgreSQL's text form of a one-dimensional array; refuses nested ones, as the service does. */
export function parseArray(text: string): (string | null)[] {
  const elements: (string | null)[] = [];
  // An array whose first index is not 1 has its bounds in front: [0:1]={a,b}.
  let at = text.indexOf('{') + 1;
  while (at < text.length && text[at] !== '}') {
    if (text[at] === '{') {
      throw new DataApiError(
        'UnsupportedResultException',
        'The result contains a multidimensional array.',
      );
    }
    if (text[at] === '"') {
      let element = '';
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        element += text[at];
      }
      elements.push(element);
      at++;
    } else {
      let end = at;
      while (text[end] !== ',' && text[end] !== '}') end++;
      const element = text.slice(at, end);
      elements.push(element === 'NULL' ? null : element);
      at = end;
    }
    if (text[at] === ',') at++;
  }
  return elements;
}
