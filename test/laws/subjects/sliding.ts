/** Windows that hang on records. Which windows there are depends on what was late; the model of those without late records stands beside the step (test/windows/sliding.test.ts). */
import fc from 'fast-check';
import { sliding } from '../../../src/index.js';
import { anyCommutative, type Folded } from '../models/aggregates.js';
import type { Subject, Trial } from '../subject.js';

const trial = ([size, both, lateness, folded]: readonly [number, boolean, number, Folded]): Trial => ({
  says: `sliding(${size}${both ? '' : ', ending'}), lateness ${lateness}, ${folded.name}`,
  build: (rows, late) => rows.keyBy(row => row.key).window(sliding(size, { windows: both ? 'both' : 'ending' }), { lateness, late }).aggregate(folded.aggregate, { name: 'step' }),
  model: () => ({ results: [], late: [], outside: 0 }),
});
const shape = [fc.integer({ min: 0, max: 20 }), fc.boolean()] as const;

export const slidingSubject: Subject = {
  name: 'sliding',
  trials: fc.tuple(...shape, fc.constantFrom(0, 10), anyCommutative).map(trial),
  byTimeAlone: fc.tuple(...shape, fc.constant(0), anyCommutative).map(trial),
  unmodelled: true,
  counts: false,
};
