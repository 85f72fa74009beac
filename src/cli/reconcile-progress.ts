import type { Clock } from '../domain/index.ts';
import type { ReconcileOptions } from './reconcile.ts';

/** Between two lines where there is no terminal. */
const LINE_MS = 3_000;

/** Shows how a comparison goes on: one line that changes on a terminal, a line now and then elsewhere. */
export function showReconcile(
  clock: Clock,
  out: { write(text: string): unknown; readonly isTTY?: boolean },
): ReconcileOptions['watch'] {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const beganMs = clock.now();
  return ({ articles, suspects, waitMs }) => {
    const seconds = Math.max((clock.now() - beganMs) / 1_000, 0.001);
    const compared = `${articles} articles compared, ${Math.round(articles / seconds)}/s`;
    const rest =
      waitMs === undefined
        ? `${suspects} to look at again`
        : `${suspects} are looked at again in ${Math.ceil(waitMs / 1_000)} s`;
    if (out.isTTY) {
      out.write(`\r\u001b[K${compared}, ${rest}${waitMs === undefined ? '' : '\n'}`);
      return;
    }
    if (waitMs === undefined && clock.now() - shownAtMs < LINE_MS) return;
    shownAtMs = clock.now();
    out.write(`${compared}, ${rest}\n`);
  };
}
