import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('all', () => {
  it('fires once, when each of its parts has', () => {
    const played = playing(trigger.all(trigger.count(2), trigger.count(1)));
    expect(played.record(1)).toBe('wait');
    played.restore();
    expect(played.record(2)).toBe('finish');
  });
  it('a part that was ready stays so', () => {
    const one = trigger.all(trigger.count(1), trigger.delay(5));
    const played = playing(one);
    played.record(1);
    expect(played.now(5)).toEqual(['finish']);
    expect(one.merge({ of: [{ n: 0 }, {}], ready: [false, false] }, { of: [{ n: 1 }, { at: 5 }], ready: [true, false] })).toEqual({ of: [{ n: 1 }, { at: 5 }], ready: [true, false] });
  });
});
