import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { composed, tell } from '../../../src/windows/triggers/tell.js';
import { playing } from './kit.js';

describe('what happens to a window', () => {
  it('is told to those who listen; the others wait', () => {
    const context = { window: { start: 0, end: 1 }, time: 0, watermark: 0, now: 0, result: () => 0, timer: () => {} };
    const quiet = { name: 'quiet', zero: () => null, record: () => 'fire' as const, merge: () => null };
    expect([tell(quiet, null, 'record', context), tell(quiet, null, 'ask', context), tell(quiet, null, { at: 0, domain: 'event' }, context)]).toEqual(['fire', 'wait', 'wait']);
  });
  it('names and problems of parts come up', () => {
    const made = composed('made', [trigger.count(0), trigger.delay(-1)], () => null, () => 'wait', () => null);
    expect(made.problems).toHaveLength(2);
    expect(composed('made', [], () => null, () => 'wait', () => null).problems).toBeUndefined();
  });
  it('every trigger merges in any grouping', () => {
    const some = [trigger.count(9), trigger.delay(9), trigger.every(9), trigger.watermark({ early: trigger.count(9) }), trigger.when(() => false), trigger.manual(), trigger.first(trigger.count(9), trigger.delay(9)), trigger.all(trigger.count(9), trigger.every(9)), trigger.repeatedly(trigger.count(9)), trigger.orFinally(trigger.count(9), trigger.count(9))];
    for (const one of some) {
      const states = [1, 2, 3].map(n => {
        const played = playing(one);
        played.now(n);
        for (let i = 0; i < n; i++) played.record(10 * n + i);
        return played.state;
      });
      const [a, b, c] = [0, 1, 2].map(i => () => structuredClone(states[i]));
      expect(one.merge(one.merge(a!(), b!()), c!()), one.name).toEqual(one.merge(a!(), one.merge(b!(), c!())));
      expect(one.merge(one.zero(), a!()), one.name).toEqual(a!());
    }
  });
});
