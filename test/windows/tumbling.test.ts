import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/core/duration.js';
import { windowsSuite } from '../../src/testing/suites/windows.js';
import { tumbling } from '../../src/windows/tumbling.js';

const made = (size: Duration, offset?: Duration) => {
  const windows = tumbling(size, { offset });
  if (windows.kind !== 'aligned') throw new Error('not aligned');
  return windows;
};
const DAY = 86_400_000;

describe('tumbling', () => {
  for (const [size, offset] of [['1m', undefined], ['1d', '6h'], [7, -3], ['40d', '-1ms'], [1, 0]] as const) {
    describe(`of ${size}${offset === undefined ? '' : `, offset ${offset}`}`, () => {
      for (const { name, run } of windowsSuite(() => tumbling(size, { offset }))) it(name, run);
    });
  }

  it('finds the window that plain counting finds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: -49, max: 49 }), fc.integer({ min: -500, max: 500 }), (size, rawOffset, time) => {
        const offset = rawOffset % size;
        let start = offset - 1_000 * size;
        while (start + size <= time) start += size;
        expect(made(size, offset).slice(time)).toEqual({ start, end: start + size });
      }),
    );
  });
  it('gives each slice one window, itself', () => expect(made('1m').over({ start: 0, end: 60_000 })).toEqual([{ start: 0, end: 60_000 }]));
  it('holds its start and not its end, below zero too', () => {
    const { slice } = made('1s');
    expect([0, 999, 1_000, -1, -1_000, -1_001].map(t => slice(t).start)).toEqual([0, 0, 1_000, -1_000, -1_000, -2_000]);
  });
  it('may be longer than any timer, and stand far from the epoch', () => {
    expect(made('40d').slice(0)).toEqual({ start: 0, end: 40 * DAY });
    expect(made(1).slice(8.64e15)).toEqual({ start: 8.64e15, end: 8.64e15 + 1 });
    expect(made(7 * DAY, '-3d').slice(Date.UTC(2024, 0, 1))).toEqual({ start: Date.UTC(2024, 0, 1), end: Date.UTC(2024, 0, 8) });
  });
  it('takes times that are not whole', () => expect(made(10).slice(-0.5)).toEqual({ start: -10, end: 0 }));
  it('has a name to be shown', () => {
    expect(tumbling('1h').name).toBe('tumbling(1h)');
    expect(tumbling('1d', { offset: '6h' }).name).toBe('tumbling(1d, offset 6h)');
  });

  it.each<[Duration, Duration | undefined]>([
    [0, undefined],
    ['-5m', undefined],
    [NaN, undefined],
    [Infinity, undefined],
    [0.5, undefined],
    ['an hour' as Duration, undefined],
    ['1h', '1h'],
    ['1h', '-61m'],
    ['1h', NaN],
    ['1h', 'soon' as Duration],
  ])('reports the size %s with the offset %s as one problem, and does not throw', (size, offset) => {
    const { problems } = tumbling(size, { offset });
    expect(problems).toHaveLength(1);
    expect(problems?.[0]).toContain(String(offset ?? size));
  });
  it('reports all that is wrong at once', () => expect(tumbling(0, { offset: NaN }).problems).toHaveLength(2));
});
