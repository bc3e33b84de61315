/** Tumbling windows, of any size and offset, with and without lateness. */
import fc from 'fast-check';
import { tumbling } from '../../../src/index.js';
import { anyCommutative, anyFolded, type Folded } from '../models/aggregates.js';
import { assignedModel } from '../models/assigned.js';
import type { Subject, Trial } from '../subject.js';

const trial = ([size, shift, lateness, folded]: readonly [number, number, number, Folded]): Trial => {
  const offset = shift % size;
  // By counting, not by dividing.
  const windowOf = (time: number) => {
    let start = offset - 1_000 * size;
    while (start + size <= time) start += size;
    return { start, end: start + size };
  };
  return {
    says: `tumbling(${size}, offset ${offset}), lateness ${lateness}, ${folded.name}`,
    build: (rows, late) => rows.keyBy(row => row.key).window(tumbling(size, { offset }), { lateness, late }).aggregate(folded.aggregate, { name: 'step' }),
    model: seen => assignedModel(seen, time => [windowOf(time)], lateness, folded),
  };
};

export const tumblingSubject: Subject = {
  name: 'tumbling',
  trials: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -39, max: 39 }), fc.constantFrom(0, 0, 5, 25), anyFolded).map(trial),
  byTimeAlone: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -39, max: 39 }), fc.constant(0), anyCommutative).map(trial),
  counts: true,
};
