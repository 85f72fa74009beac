import * as z from 'zod';
import {
  ARTICLE_ID_RULE,
  countCodePoints,
  findBadText,
  isArticleId,
  isKey,
  isName,
  isRunId,
  isWebUrl,
  JsonText,
  KEY_RULE,
  MAX_URL_LENGTH,
  NAME_RULE,
  parseTimestamp,
  RUN_ID_RULE,
} from '../domain/index.ts';
import { isCountryCode, likelyCountryCode } from './country-code.ts';
import { canonicalLanguageTag, likelyLanguageTag } from './language-tag.ts';
import { ARTICLE_LIMITS } from './limits.ts';

/** What is wrong with a value that has the right type. `inside` leads on from it to the place. */
interface Flaw {
  readonly code: string;
  readonly detail: string;
  readonly suggestion?: string | undefined;
  readonly inside?: string;
}

/** Adds a check that names its flaw. */
function judging<T>(find: (value: T) => Flaw | undefined): z.core.CheckFn<T> {
  return (payload) => {
    const flaw = find(payload.value);
    if (flaw === undefined) return;
    const { code, detail, suggestion, inside } = flaw;
    payload.issues.push({
      code: 'custom',
      input: payload.value,
      message: detail,
      params: { code, suggestion, inside },
    });
  };
}

/** Text that PostgreSQL can hold, of so many code points. */
export function plainText({ min = 0, max }: { readonly min?: number; readonly max?: number }) {
  return z
    .string()
    .check(judging((text) => textFlaw(text, min, max)))
    .meta({ ...(min > 0 ? { minLength: min } : {}), ...(max ? { maxLength: max } : {}) });
}

function textFlaw(text: string, min: number, max: number | undefined): Flaw | undefined {
  if (text.includes('\0')) return { code: 'nul', detail: 'must not hold a NUL' };
  if (!text.isWellFormed()) {
    return { code: 'lone_surrogate', detail: 'must not hold half of a surrogate pair' };
  }
  const rule = `must have ${min > 0 ? `${min} to` : 'at most'} ${max} characters`;
  if (text.length < min) return { code: 'too_short', detail: rule };
  if (max !== undefined && countCodePoints(text, max) > max) {
    return { code: 'too_long', detail: rule };
  }
  return undefined;
}

function ruled(holds: (text: string) => boolean, rule: string) {
  return z
    .string()
    .check(
      judging((text) =>
        holds(text) ? undefined : { code: 'malformed', detail: `must be ${rule}` },
      ),
    );
}

export const articleId = () =>
  ruled(isArticleId, ARTICLE_ID_RULE).meta({ pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$' });
export const kindName = () => ruled(isName, NAME_RULE).meta({ pattern: '^[a-z][a-z0-9_-]{0,63}$' });
export const runId = () => ruled(isRunId, RUN_ID_RULE).meta({ pattern: '^[!-~]{1,128}$' });

/** Key of a source or topic. */
export const key = () =>
  ruled(isKey, KEY_RULE).meta({ minLength: 1, maxLength: 256, pattern: '^[^\\p{Cc}]+$' });

export const webUrl = () =>
  z
    .string()
    .check(
      judging((text) => {
        if (isWebUrl(text)) return undefined;
        const completed = `https://${text}`;
        return {
          code: 'malformed',
          detail: `must be an absolute http or https URL of at most ${MAX_URL_LENGTH} characters`,
          suggestion:
            /^[\w-]+(\.[\w-]+)+(\/|$)/.test(text) && isWebUrl(completed) ? completed : undefined,
        };
      }),
    )
    .meta({ format: 'uri', maxLength: MAX_URL_LENGTH, pattern: '^[Hh][Tt][Tt][Pp][Ss]?:' });

export const time = () =>
  z
    .string()
    .check(
      judging((text) => {
        if (parseTimestamp(text) !== undefined) return undefined;
        const zoned = text.replace(' ', 'T') + (/(Z|[+-]\d\d:\d\d)$/i.test(text) ? '' : 'Z');
        return {
          code: 'invalid_time',
          detail: 'must be a time with its offset, such as 2026-03-01T12:00:00Z',
          suggestion: parseTimestamp(zoned) === undefined ? undefined : zoned,
        };
      }),
    )
    .meta({ format: 'date-time' });

export const language = () =>
  z
    .string()
    .check(
      judging((text) =>
        text.length <= ARTICLE_LIMITS.language && canonicalLanguageTag(text) !== undefined
          ? undefined
          : {
              code: 'invalid_language',
              detail: `must be a BCP 47 tag of at most ${ARTICLE_LIMITS.language} characters, such as en-GB`,
              suggestion: likelyLanguageTag(text),
            },
      ),
    )
    .meta({ maxLength: ARTICLE_LIMITS.language });

export const country = () =>
  z.string().check(
    judging((text) =>
      isCountryCode(text)
        ? undefined
        : {
            code: 'invalid_country',
            detail: 'must be a code of ISO 3166-1 alpha-2 in capitals, such as GB',
            suggestion: likelyCountryCode(text),
          },
    ),
  );

/** Any JSON, kept as its text. */
export const rawJson = () =>
  z.custom<JsonText>((value) => value instanceof JsonText).meta({ description: 'Any JSON.' });

/** A JSON object kept as its text, with nothing in it that PostgreSQL cannot hold. */
export const rawObject = () =>
  rawJson()
    .check(
      judging((raw) => {
        if (!raw.text.startsWith('{')) return { code: 'wrong_type', detail: 'must be an object' };
        const bad = findBadText(raw);
        if (bad === undefined) return undefined;
        const what = bad.code === 'nul' ? 'a NUL' : 'half of a surrogate pair';
        return { code: bad.code, detail: `must not hold ${what}`, inside: bad.pointer };
      }),
    )
    .meta({ type: 'object', description: 'Any JSON object; its text is kept.' });

/** A list in which no key comes twice. */
export function distinct<T>(keyOf: (item: T) => string): z.core.CheckFn<readonly T[]> {
  return (payload) => {
    const seen = new Set<string>();
    payload.value.forEach((item, index) => {
      const own = keyOf(item);
      if (seen.has(own)) {
        payload.issues.push({
          code: 'custom',
          input: item,
          path: [index],
          message: `repeats the key ${JSON.stringify(own)}`,
          params: { code: 'duplicate_key' },
        });
      }
      seen.add(own);
    });
  };
}
