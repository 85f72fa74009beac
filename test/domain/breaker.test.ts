import { beforeEach, describe, expect, it } from 'vitest';
import { type Breaker, type CallOutcome, createBreaker } from '../../src/domain/index.ts';
import { TestClock } from '../support/clock.ts';

let clock: TestClock;
let breaker: Breaker;

beforeEach(() => {
  clock = new TestClock();
  breaker = createBreaker(clock);
});

/** Calls, as many of them as are let through; answers how many. */
function call(outcome: CallOutcome, times: number): number {
  let made = 0;
  for (let n = 0; n < times; n++) {
    const ended = breaker.admit();
    if (!ended) continue;
    made++;
    ended(outcome);
  }
  return made;
}

describe('a breaker', () => {
  it('opens when half of at least twenty calls within ten seconds failed', () => {
    expect(call('ok', 10) + call('failed', 9)).toBe(19);
    expect(breaker.isOpen()).toBe(false);
    expect(call('failed', 100)).toBe(1);
    expect(breaker.isOpen()).toBe(true);
  });

  it('stays closed below, and over calls that are older', () => {
    call('ok', 60);
    call('failed', 59);
    expect(breaker.isOpen()).toBe(false);
    breaker = createBreaker(clock);
    for (let second = 0; second < 60; second++) {
      call('failed', 1);
      clock.advance(1_000);
    }
    expect(breaker.isOpen()).toBe(false);
  });

  it('lets one call through after two seconds, and closes with its success', () => {
    call('failed', 20);
    clock.advance(1_999);
    expect(breaker.admit()).toBeUndefined();
    clock.advance(1);
    const ended = breaker.admit();
    expect(ended).toBeDefined();
    expect(breaker.admit()).toBeUndefined();
    ended?.('ok');
    expect(breaker.isOpen()).toBe(false);
    expect(call('failed', 19)).toBe(19);
    expect(breaker.isOpen()).toBe(false);
  });

  it('waits again after a probe that failed, and probes anew after one that says nothing', () => {
    call('failed', 20);
    clock.advance(2_000);
    expect(call('failed', 1)).toBe(1);
    clock.advance(1_999);
    expect(breaker.admit()).toBeUndefined();
    clock.advance(1);
    expect(call('neutral', 2)).toBe(2);
    expect(breaker.isOpen()).toBe(true);
    expect(call('ok', 1)).toBe(1);
    expect(breaker.isOpen()).toBe(false);
  });

  it('takes no notice of calls that say nothing, nor of late ones from before it opened', () => {
    call('neutral', 100);
    expect(breaker.isOpen()).toBe(false);
    const late = breaker.admit();
    call('failed', 20);
    late?.('ok');
    expect(breaker.isOpen()).toBe(true);
  });
});
