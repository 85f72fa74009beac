/** The grammar of RFC 5646 §2.1, in lower case. */
const LANGUAGE = '(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})';
const SCRIPT = '(?:-[a-z]{4})?';
const REGION = '(?:-(?:[a-z]{2}|\\d{3}))?';
const VARIANTS = '(?:-(?:[a-z\\d]{5,8}|\\d[a-z\\d]{3}))*';
const EXTENSIONS = '(?:-[a-wy-z\\d](?:-[a-z\\d]{2,8})+)*';
const PRIVATE = 'x(?:-[a-z\\d]{1,8})+';
const TAG = new RegExp(
  `^(?:${LANGUAGE}${SCRIPT}${REGION}${VARIANTS}${EXTENSIONS}(?:-${PRIVATE})?|${PRIVATE})$`,
);

/** Registered before the grammar was, and outside of it. */
const IRREGULAR: ReadonlySet<string> = new Set([
  'en-gb-oed',
  'i-ami',
  'i-bnn',
  'i-default',
  'i-enochian',
  'i-hak',
  'i-klingon',
  'i-lux',
  'i-mingo',
  'i-navajo',
  'i-pwn',
  'i-tao',
  'i-tay',
  'i-tsu',
  'sgn-be-fr',
  'sgn-be-nl',
  'sgn-ch-de',
]);

/** The tag with its letters in the case that RFC 5646 §2.1.1 recommends; undefined where it is not well-formed. */
export function canonicalLanguageTag(text: string): string | undefined {
  // Lower-casing first would turn U+212A, the Kelvin sign, into a k.
  if (!/^[A-Za-z0-9-]+$/.test(text)) return undefined;
  const lower = text.toLowerCase();
  if (!TAG.test(lower) && !IRREGULAR.has(lower)) return undefined;
  const subtags = lower.split('-');
  const singleton = subtags.findIndex((subtag) => subtag.length === 1);
  return subtags
    .map((subtag, index) => {
      if (index === 0 || (singleton >= 0 && index > singleton)) return subtag;
      if (subtag.length === 2) return subtag.toUpperCase();
      return /^[a-z]{4}$/.test(subtag) ? subtag.charAt(0).toUpperCase() + subtag.slice(1) : subtag;
    })
    .join('-');
}

/** What the writer of a bad tag probably meant. */
export function likelyLanguageTag(text: string): string | undefined {
  const dashed = text.trim().replaceAll('_', '-');
  return dashed === text ? undefined : canonicalLanguageTag(dashed);
}
