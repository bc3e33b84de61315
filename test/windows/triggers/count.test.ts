import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('count', () => {
  it('fires once, at the n-th record, also after a restart', () => {
    const played = playing(trigger.count(3));
    expect([played.record(1), played.record(2)]).toEqual(['wait', 'wait']);
    played.restore();
    expect(played.record(3)).toBe('finish');
  });
  it('adds up what windows that merge have counted', () => {
    const one = trigger.count(3);
    const [a, b] = [playing(one), playing(one)];
    a.record(1);
    b.record(2);
    expect(playing(one, undefined, one.merge(a.state, b.state)).record(3)).toBe('finish');
  });
  it.each([0, -1, 1.5, Number.NaN])('%s is no number of records', n => expect(trigger.count(n).problems).toHaveLength(1));
});
