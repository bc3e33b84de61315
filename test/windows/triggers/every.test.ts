import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('every', () => {
  it('fires at multiples of its span from the first record on, at the end, and for records after it', () => {
    const played = playing(trigger.every(30));
    played.record(35);
    expect(played.watermark(59)).toEqual([]);
    expect(played.watermark(60)).toEqual(['fire']);
    played.restore();
    expect(played.watermark(100)).toEqual(['fire', 'fire']);
    expect(played.record(70)).toBe('fire');
  });
  it('stops at the end of all input', () => {
    const played = playing(trigger.every(10), { start: -Infinity, end: Infinity });
    played.record(5);
    expect(played.watermark(20)).toEqual(['fire', 'fire']);
    expect(played.watermark(Infinity)).toEqual(['fire', 'fire']);
  });
  it('of two windows that merge keeps the earlier time', () => {
    expect(trigger.every(10).merge({ at: 20 }, { at: 10 })).toEqual({ at: 10 });
    expect(trigger.every(10).merge({}, { at: 10 })).toEqual({ at: 10 });
  });
  it('counts from the epoch, below it too', () => {
    const played = playing(trigger.every(10), { start: -100, end: 0 });
    played.record(-15);
    expect([played.watermark(-11), played.watermark(-10)]).toEqual([[], ['fire']]);
  });
  it.each([0, -1, 'often' as '1s'])('%s is no span', span => expect(trigger.every(span).problems).toHaveLength(1));
});
