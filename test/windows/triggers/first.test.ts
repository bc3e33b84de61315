import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('first', () => {
  it('fires once, with the first of its parts', () => {
    const played = playing(trigger.first(trigger.delay(10), trigger.count(2)));
    expect(played.record(1)).toBe('wait');
    played.restore();
    expect(played.record(2)).toBe('finish');
    const other = playing(trigger.first(trigger.delay(10), trigger.count(2)));
    other.record(1);
    expect(other.now(10)).toEqual(['finish']);
  });
  it('merges part by part', () => {
    const one = trigger.first(trigger.count(2), trigger.count(5));
    expect(one.merge([{ n: 1 }, { n: 1 }], [{ n: 2 }, { n: 2 }])).toEqual([{ n: 3 }, { n: 3 }]);
  });
});
