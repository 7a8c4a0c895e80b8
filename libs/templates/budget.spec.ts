import { describe, expect, it } from 'vitest';
import { Budget } from './budget.js';

describe('a budget', () => {
  it('is not used up by a process that is stalled: only time spent by the processor counts', () => {
    const budget = new Budget();
    expect(() => [0, 90, 5_000, 60_000, 600_000].forEach((now) => budget.check(1 + now))).not.toThrow();
  });

  it('is used up by work that goes on and on', () => {
    const budget = new Budget();
    expect(() => {
      for (;;) budget.check(performance.now());
    }).toThrow('the template takes too long');
  });
});
