/** What every generator must do, whatever it reads: never go back, survive anything as a time, and go on after a restore as if nothing had happened. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { WatermarkGenerator } from '../../src/core/stage.js';
import type { Json } from '../../src/core/values.js';

/** Times as records bring them, and some that no record may have. */
export const times = fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -1000, max: 1000 }) }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0) }));

export const watermarksOf = (generator: WatermarkGenerator<number>, input: readonly number[]): number[] =>
  input.map(time => {
    generator.record(time, time);
    return generator.watermark() + 0; // -0 is 0
  });

export function behavesAsGenerator(make: () => WatermarkGenerator<number>): void {
  it('knows nothing before the first record', () => expect(make().watermark()).toBe(-Infinity));
  it('never goes back and is never NaN', () => {
    fc.assert(
      fc.property(times, input => {
        let last = -Infinity;
        for (const mark of watermarksOf(make(), input)) {
          expect(mark).toBeGreaterThanOrEqual(last);
          last = mark;
        }
      }),
    );
  });
  it('goes on after a restore from JSON as if nothing had happened', () => {
    fc.assert(
      fc.property(times, times, (before, after) => {
        const whole = watermarksOf(make(), [...before, ...after]).slice(before.length);
        const saved = make();
        watermarksOf(saved, before);
        const restored = make();
        restored.restore(JSON.parse(JSON.stringify(saved.save())) as Json);
        expect(restored.watermark() + 0).toBe(saved.watermark() + 0);
        expect(watermarksOf(restored, after)).toEqual(whole);
      }),
    );
  });
  it('is one per split: two do not share anything', () => {
    const [one, other] = [make(), make()];
    one.record(5, 5);
    expect(other.watermark()).toBe(-Infinity);
  });
}
