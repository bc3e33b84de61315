import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('watermark', () => {
  it('fires at the end, then for each late record', () => {
    const played = playing(trigger.watermark());
    expect(played.record(1)).toBe('wait');
    expect([played.watermark(99), played.watermark(100)]).toEqual([[], ['fire']]);
    expect(played.record(2)).toBe('fire');
  });
  it('fires early and late as its parts say, again and again', () => {
    const played = playing(trigger.watermark({ early: trigger.count(2), late: trigger.count(2) }));
    expect([played.record(1), played.record(2), played.record(3), played.record(4)]).toEqual(['wait', 'fire', 'wait', 'fire']);
    expect(played.watermark(100)).toEqual(['fire']);
    played.restore();
    expect([played.record(5), played.record(6)]).toEqual(['wait', 'fire']);
  });
  it('once: finishes at the end', () => expect(playing(trigger.watermark({ once: true })).watermark(100)).toEqual(['finish']));
  it('merges its parts, where they have begun', () => {
    const one = trigger.watermark({ early: trigger.count(3), late: trigger.count(3) });
    const [a, b] = [playing(one), playing(one)];
    b.record(1);
    b.record(2);
    const merged = one.merge(a.state, b.state) as object;
    expect(playing(one, undefined, merged).record(3)).toBe('fire');
    b.watermark(100);
    b.record(4);
    expect(one.merge(one.zero(), b.state)).toEqual({ early: { n: 2 }, late: { n: 1 } });
    expect(one.merge({ early: { n: 1 }, late: { n: 1 } }, { early: { n: 1 }, late: { n: 1 } })).toEqual({ early: { n: 2 }, late: { n: 2 } });
  });
  it('names its parts and lists what is wrong with them', () => {
    expect(trigger.watermark({ early: trigger.count(0) })).toMatchObject({ name: 'watermark(early count(0))', problems: [expect.stringContaining('count')] });
  });
});
