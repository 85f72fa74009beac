import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asks } from '../aurora/oracle/questions.ts';
import { METRICS } from '../aurora/oracle/vocabulary.ts';
import { askText } from '../aurora/oracle/written.ts';
import { seededRandom } from '../support/clock.ts';
import { checkInput } from './filter-input.ts';

const SEED = 5_040_115;
const INPUTS = 200_000;
const INPUTS_PER_TEXT = 50;
/** The longest filter there is takes a millisecond or two; a quadratic step in it would take a second. */
const MAX_MS = 100;

const REGISTRY = { metric: (name: string) => METRICS.get(name), metricNames: [...METRICS.keys()] };

type Random = (below: number) => number;

/** One to four bytes changed, lost, doubled, moved or taken from another text; what is no UTF-8 then reads as U+FFFD. */
function mutate(text: Buffer, other: Buffer, random: Random): string {
  let bytes = [...text];
  for (let edits = 1 + random(4); edits > 0; edits--) {
    const at = random(bytes.length + 1);
    const length = 1 + random(12);
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes.splice(at, length);
        break;
      case 2:
        bytes.splice(at, 0, ...bytes.slice(at, at + length));
        break;
      case 3:
        bytes.splice(random(bytes.length + 1), 0, ...bytes.splice(at, length));
        break;
      case 4:
        bytes.splice(at, 0, ...other.subarray(random(other.length), random(other.length)));
        break;
      case 5:
        bytes.splice(at, 0, MARKS.charCodeAt(random(MARKS.length)));
        break;
      default:
        bytes = bytes.slice(0, at);
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

const MARKS = '()"*:=<>!,.-\\ \n';

describe('the filter parser, given filters with bytes changed', () => {
  it(`takes or refuses each of ${INPUTS} in time, seed ${SEED}`, { timeout: 120_000 }, () => {
    const uniform = seededRandom(SEED);
    const random: Random = (below) => Math.floor(uniform() * below);
    const texts = fc
      .sample(asks, { seed: SEED, numRuns: INPUTS / INPUTS_PER_TEXT })
      .map((ask) => Buffer.from(askText(ask)));
    const outcomes = { taken: 0, refused: 0 };
    for (const text of texts) {
      for (let n = 0; n < INPUTS_PER_TEXT; n++) {
        const input = mutate(text, texts[random(texts.length)] ?? text, random);
        outcomes[checkInTime(input)]++;
      }
    }
    // Neither side is empty: mutations are small enough to leave many filters whole.
    expect(outcomes.taken).toBeGreaterThan(INPUTS / 20);
    expect(outcomes.refused).toBeGreaterThan(INPUTS / 20);
  });
});

/** The best of some tries counts: others run on this machine too. */
function checkInTime(input: string): 'taken' | 'refused' {
  for (let tries = 1; ; tries++) {
    const startMs = performance.now();
    const outcome = checkInput(input, REGISTRY);
    const ms = performance.now() - startMs;
    if (ms <= MAX_MS) return outcome;
    if (tries === 3) throw new Error(`${ms} ms for ${JSON.stringify(input)}`);
  }
}
