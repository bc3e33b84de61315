/** Hopping windows that overlap, touch or leave gaps; aggregates with an inverse and without. Slices are merged in order of time, so order of arrival is no promise here. */
import fc from 'fast-check';
import { hopping } from '../../../src/index.js';
import { anyCommutative, type Folded } from '../models/aggregates.js';
import { assignedModel } from '../models/assigned.js';
import type { Subject, Trial } from '../subject.js';

const trial = ([size, every, shift, lateness, folded]: readonly [number, number, number, number, Folded]): Trial => {
  const offset = shift % every;
  // By counting, not by dividing.
  const windowsOf = (time: number) => {
    const windows: { readonly start: number; readonly end: number }[] = [];
    for (let start = offset - 400 * every; start <= time; start += every) if (time < start + size) windows.push({ start, end: start + size });
    return windows;
  };
  return {
    says: `hopping(${size}, every ${every}, offset ${offset}), lateness ${lateness}, ${folded.name}`,
    build: (rows, late) => rows.keyBy(row => row.key).window(hopping(size, { every, offset }), { lateness, late }).aggregate(folded.aggregate, { name: 'step' }),
    model: seen => assignedModel(seen, windowsOf, lateness, folded),
  };
};
const shapes = [fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 25 }), fc.integer({ min: -20, max: 20 })] as const;

export const hoppingSubject: Subject = {
  name: 'hopping',
  trials: fc.tuple(...shapes, fc.constantFrom(0, 0, 5, 25), anyCommutative).map(trial),
  byTimeAlone: fc.tuple(...shapes, fc.constant(0), anyCommutative).map(trial),
  counts: true,
};
