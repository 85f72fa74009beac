/**
 * How many of `count` keys or items an injected share leaves out: the share rounded down, at least one
 * of several, and all only when the share is 1, so that a client that asks again always gets on.
 */
export function leftOverCount(count: number, share: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return count;
  const rounded = Math.floor(count * share + 1e-9);
  return rounded === 0 && count > 1 ? 1 : rounded;
}
