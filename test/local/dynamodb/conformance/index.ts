import { BATCHES } from './batches.ts';
import { EXPRESSIONS } from './expressions.ts';
import { FAULTS } from './faults.ts';
import { ITEMS } from './items.ts';
import { KEYS } from './keys.ts';
import { PAGES } from './pages.ts';
import { STREAMS } from './streams.ts';
import type { Behaviour } from './subject.ts';
import { TRANSACTIONS } from './transactions.ts';

/** Everything this server is held to, by what it is about. */
export const BEHAVIOURS: Readonly<Record<string, readonly Behaviour[]>> = {
  items: ITEMS,
  keys: KEYS,
  batches: BATCHES,
  pages: PAGES,
  expressions: EXPRESSIONS,
  transactions: TRANSACTIONS,
  'stream and time to live': STREAMS,
  faults: FAULTS,
};
