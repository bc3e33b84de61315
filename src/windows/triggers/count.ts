/** Fires at the n-th record. */
import type { Trigger } from '../../core/window.js';

export function countTrigger(n: number): Trigger<{ n: number }> {
  const problems = Number.isSafeInteger(n) && n > 0 ? undefined : [`trigger.count(${String(n)}): give a whole number above 0.`];
  return {
    name: `count(${n})`,
    zero: () => ({ n: 0 }),
    record: state => (++state.n >= n ? 'finish' : 'wait'),
    merge(a, b) {
      a.n += b.n;
      return a;
    },
    problems,
  };
}
