import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/core/duration.js';
import { ConfigurationError } from '../../src/core/errors.js';
import { disorder } from '../../src/watermarks/disorder.js';
import { behavesAsGenerator, watermarksOf } from './kit.js';

describe('disorder', () => {
  behavesAsGenerator(disorder(5));
  it('is the largest time seen minus the bound', () => expect(watermarksOf(disorder('1s')(), [10_000, 9_000, 12_000, -3])).toEqual([9_000, 9_000, 11_000, 11_000]));
  it('without a bound is ascending', () => expect(watermarksOf(disorder(0)(), [3, 1, 4])).toEqual([3, 3, 4]));
  it('is not moved by times that are not finite', () => expect(watermarksOf(disorder(1)(), [NaN, Infinity, 5, -Infinity, NaN])).toEqual([-Infinity, -Infinity, 4, 4, 4]));
  it('takes bounds beyond what a timer takes', () => expect(watermarksOf(disorder('30d')(), [0])).toEqual([-30 * 86_400_000]));
  it('never makes a record late that is within the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 })), fc.integer({ min: 0, max: 500 }), (moments, bound) => {
        // Any order in which no record is more than `bound` older than one before it.
        const arrival = moments.map((time, i) => ({ time, at: time + ((i * 7919) % (bound + 1)) })).toSorted((a, b) => a.at - b.at);
        const generator = disorder(bound)();
        for (const { time } of arrival) {
          expect(time).toBeGreaterThanOrEqual(generator.watermark());
          generator.record(time, time);
        }
      }),
    );
  });
  it.each<Duration>([-1, '-5m', NaN, Infinity, 'soon' as Duration])('with the bound %s reports a problem, and throws only when it is used all the same', bound => {
    const factory = disorder(bound);
    expect(factory.problems).toEqual([expect.stringContaining(String(bound))]);
    expect(() => factory()).toThrow(ConfigurationError);
  });
  it('with a good bound has no problems', () => expect(disorder('5s').problems).toBeUndefined());
});
