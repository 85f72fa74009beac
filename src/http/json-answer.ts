import { printJson } from '../domain/index.ts';
import { JSON_TYPE } from './body.ts';

/** For what only its own reader may keep, and only if it asks each time whether it still holds. */
export const REVALIDATE = 'private, no-cache';

/** A JSON answer; every `JsonText` in the value comes out as the text it is. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonText(status, printJson(value), headers);
}

export function jsonText(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const size = String(Buffer.byteLength(text));
  return new Response(text, {
    status,
    headers: { 'content-type': JSON_TYPE, 'content-length': size, ...headers },
  });
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}
