import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('when', () => {
  it('fires at the first record for which the function says so, and can see the result so far', () => {
    const seen: unknown[] = [];
    const played = playing(trigger.when<number>((value, context) => {
      seen.push(context.result());
      return value > 1;
    }));
    expect([played.record(1, 1), played.record(2, 2)]).toEqual(['wait', 'finish']);
    expect(seen).toEqual([1, 2]);
  });
  it('has nothing to merge, and takes only functions', () => {
    expect(trigger.when(() => true).merge(null, null)).toBeNull();
    expect(trigger.when(true as unknown as () => boolean).problems).toHaveLength(1);
  });
});
