import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('repeatedly', () => {
  it('begins anew whenever its trigger has finished', () => {
    const played = playing(trigger.repeatedly(trigger.count(2)));
    expect([1, 2, 3, 4].map(time => played.record(time))).toEqual(['wait', 'fire', 'wait', 'fire']);
  });
  it('a delay counts from the first record of each pane', () => {
    const played = playing(trigger.repeatedly(trigger.delay(5)));
    played.record(1);
    expect(played.now(5)).toEqual(['fire']);
    played.now(8);
    played.record(2);
    expect([played.now(10), played.now(13)]).toEqual([[], ['fire']]);
  });
  it('lets a trigger go on that does so by itself, and merges it', () => {
    const played = playing(trigger.repeatedly(trigger.watermark()));
    expect(played.watermark(100)).toEqual(['fire']);
    expect(trigger.repeatedly(trigger.count(9)).merge({ of: { n: 1 } }, { of: { n: 2 } })).toEqual({ of: { n: 3 } });
  });
});
