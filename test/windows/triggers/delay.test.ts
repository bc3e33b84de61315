import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('delay', () => {
  it('fires at the deadline, counted from the first record', () => {
    const played = playing(trigger.delay('5ms'));
    played.now(10);
    played.record(1);
    played.now(12);
    expect(played.record(2)).toBe('wait');
    played.restore();
    expect([played.now(14), played.now(15)]).toEqual([[], ['finish']]);
  });
  it('fires with a record that comes before its timer was served', () => {
    const played = playing(trigger.delay(0));
    expect(played.record(1)).toBe('finish');
  });
  it('of two windows that merge keeps the earlier deadline', () => {
    const one = trigger.delay(5);
    const [a, b] = [playing(one), playing(one)];
    a.now(3);
    a.record(1);
    b.record(1);
    expect(one.merge(a.state, b.state)).toEqual({ at: 5 });
    expect(one.merge({}, { at: 5 })).toEqual({ at: 5 });
    expect(one.merge({ at: 5 }, {})).toEqual({ at: 5 });
  });
  it.each([-1, 'soon' as '1s'])('%s is no delay', delay => expect(trigger.delay(delay).problems).toHaveLength(1));
});
