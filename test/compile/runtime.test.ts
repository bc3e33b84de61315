import { describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/compile/runtime.js';
import { planOf } from '../../src/plan/plan.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';

describe('the budget', () => {
  it('a clock whose every look costs the whole budget lets each turn do something', () => {
    let now = 0;
    const clock = { ...virtualClock(), monotonic: () => (now += 100) };
    const runtime = createRuntime({ plan: planOf([]), environment: { clock, random: () => 0, signal: new AbortController().signal }, budget: 10, restored: undefined, wake: () => {}, soon: () => {} });
    const done: number[] = [];
    for (let turn = 0; turn < 200; turn++) {
      runtime.deadline = clock.monotonic() + 10;
      runtime.spent = false;
      let n = 0;
      while (runtime.pace.go()) n++;
      done.push(n);
    }
    expect(done.slice(20).every(n => n === 1)).toBe(true);
  });
});
