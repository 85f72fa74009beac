/** Longest URL kept, in characters. Longer ones are refused: browsers and CDNs stop at 2 to 8 thousand. */
export const MAX_URL_LENGTH = 8192;

/** Whether the text is an absolute http or https URL that can be stored. */
export function isWebUrl(text: string): boolean {
  if (text.length > MAX_URL_LENGTH || !text.isWellFormed() || /[\p{Cc}\s]/u.test(text))
    return false;
  if (!/^https?:\/\/[^/?#]/i.test(text)) return false;
  return URL.canParse(text);
}

/**
 * The form under which a URL is unique: scheme and host in lower case, default port and fragment gone,
 * dot segments resolved, percent escapes of unreserved characters decoded and the others in upper case,
 * an empty path as `/`. Query and trailing slash stay: they may name another page.
 */
export function normaliseUrl(text: string): string {
  const url = new URL(text);
  url.hash = '';
  return url.href
    .replace(/%[0-9a-f]{2}/gi, (hex) => {
      const character = String.fromCharCode(Number.parseInt(hex.slice(1), 16));
      return /[A-Za-z0-9._~-]/.test(character) ? character : hex.toUpperCase();
    })
    .replace(/\?$/, '');
}
