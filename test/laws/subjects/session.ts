/** Sessions, with records one gap apart as one or two, and lateness that opens them again. */
import fc from 'fast-check';
import { session } from '../../../src/index.js';
import { anyCommutative, anyFolded, type Folded } from '../models/aggregates.js';
import { sessionModel } from '../models/session.js';
import type { Subject, Trial } from '../subject.js';

const trial = ([gap, touch, lateness, folded]: readonly [number, boolean, number, Folded]): Trial => ({
  says: `session(${gap}${touch ? ', touch' : ''}), lateness ${lateness}, ${folded.name}`,
  build: (rows, late) => rows.keyBy(row => row.key).window(session(gap, { merge: touch ? 'touch' : 'overlap' }), { lateness, late }).aggregate(folded.aggregate, { name: 'step' }),
  model: seen => sessionModel(seen, { gap, touch, lateness, folded }),
});

export const sessionSubject: Subject = {
  name: 'session',
  trials: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.boolean(), fc.constantFrom(0, 0, 5, 40), anyFolded).map(trial),
  // Not `touch`: a session is over when the watermark reaches its end, and a record at that very time, which is on time, would have touched it; so there order of arrival shows.
  byTimeAlone: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constant(false), fc.constant(0), anyCommutative).map(trial),
  counts: true,
};
