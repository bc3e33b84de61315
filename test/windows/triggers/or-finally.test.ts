import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('orFinally', () => {
  it('fires as the first says until the second does, then for the last time', () => {
    const played = playing(trigger.orFinally(trigger.repeatedly(trigger.count(2)), trigger.count(5)));
    expect([1, 2, 3, 4, 5].map(time => played.record(time))).toEqual(['wait', 'fire', 'wait', 'fire', 'finish']);
  });
  it('finishes if the first does', () => expect([1, 2].map(function (this: ReturnType<typeof playing>, time) { return this.record(time); }, playing(trigger.orFinally(trigger.count(2), trigger.count(100))))).toEqual(['wait', 'finish']));
  it('merges both', () => expect(trigger.orFinally(trigger.count(2), trigger.count(9)).merge({ of: { n: 1 }, until: { n: 1 } }, { of: { n: 1 }, until: { n: 2 } })).toEqual({ of: { n: 2 }, until: { n: 3 } }));
});
