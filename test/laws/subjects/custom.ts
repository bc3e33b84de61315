/** Windows by assignment, with triggers and stamps: the same rules as the fast path, on the general one. */
import fc from 'fast-check';
import { customWindows, trigger } from '../../../src/index.js';
import { anyCommutative, anyFolded, type Folded } from '../models/aggregates.js';
import { assignedModel } from '../models/assigned.js';
import type { Subject, Trial } from '../subject.js';

/** Windows of 20 around every third multiple of 10; gaps between them, and two at once at the edges. */
const windowsOf = (time: number) => [-60, -45, -10, 0, 20, 50].map(start => ({ start, end: start + 20 })).filter(({ start, end }) => start <= time && time < end);

const trial = ([lateness, folded]: readonly [number, Folded]): Trial => ({
  says: `customWindows, lateness ${lateness}, ${folded.name}`,
  build: (rows, late) => rows.keyBy(row => row.key).window(customWindows({ name: 'some', assign: windowsOf }), { lateness, late }).aggregate(folded.aggregate, { name: 'step', trigger: trigger.watermark() }),
  model: seen => assignedModel(seen, windowsOf, lateness, folded),
});

export const customSubject: Subject = { name: 'custom', trials: fc.tuple(fc.constantFrom(0, 5, 25), anyFolded).map(trial), byTimeAlone: fc.tuple(fc.constant(0), anyCommutative).map(trial), counts: true };
