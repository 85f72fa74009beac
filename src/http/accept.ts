import { Refusal } from './problem.ts';

/**
 * Makes sure that a caller takes `gives` (RFC 9110 §12.5.1): the range that fits it most closely decides,
 * and one with a quality of 0 forbids it. Errors: `not_acceptable`.
 */
export function demandAcceptable(header: string | null, gives: string): void {
  if (header === null || header.trim() === '') return;
  const [group = ''] = gives.split('/');
  const closeness = ['*/*', `${group}/*`, gives];
  let best = -1;
  let quality = 0;
  for (const range of header.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const fit = closeness.indexOf(type);
    if (fit < 0 || fit < best) continue;
    const q = Number(
      /^q=(.*)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '')?.[1] ?? 1,
    );
    quality = fit > best ? q : Math.max(quality, q);
    best = fit;
  }
  if (!(quality > 0)) throw new Refusal('not_acceptable', `What there is is ${gives}.`);
}
