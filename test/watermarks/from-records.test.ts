import { describe, expect, expectTypeOf, it } from 'vitest';
import type { WatermarkGenerator } from '../../src/core/stage.js';
import { fromRecords } from '../../src/watermarks/from-records.js';
import { behavesAsGenerator, watermarksOf } from './kit.js';

describe('fromRecords', () => {
  behavesAsGenerator(fromRecords((value: number) => (value % 2 === 0 ? value : undefined)));
  it('moves only when a record says so', () => {
    const generator = fromRecords((record: { done?: number }) => record.done)();
    const marks = [{}, { done: 10 }, {}, { done: 5 }, { done: NaN }, { done: 12 }].map(record => {
      generator.record(record, 100);
      return generator.watermark();
    });
    expect(marks).toEqual([-Infinity, 10, 10, 10, 10, 12]);
  });
  it('may say that nothing follows', () => expect(watermarksOf(fromRecords((value: number) => (value === 9 ? Infinity : value))(), [1, 9, 2])).toEqual([1, Infinity, Infinity]));
  it('is given the event time too: one hour behind the records that are marked', () => {
    const generator = fromRecords((record: { scheduled: boolean }, time) => (record.scheduled ? time - 3_600_000 : undefined))();
    generator.record({ scheduled: false }, 9_000_000);
    generator.record({ scheduled: true }, 7_200_000);
    expect(generator.watermark()).toBe(3_600_000);
  });
  it('infers its record', () => expectTypeOf(fromRecords((r: { at: number }) => r.at)()).toExtend<WatermarkGenerator<{ at: number }>>());
});
