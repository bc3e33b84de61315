/** Windows with an aggregate that fails on some records, which are skipped and counted, as if they had not come; those that are late are late. */
import fc from 'fast-check';
import { fold, tumbling } from '../../../src/index.js';
import { assignedModel } from '../models/assigned.js';
import type { Row } from '../row.js';
import type { Subject, Trial } from '../subject.js';

const fails = (row: Row): boolean => row.x === 3;
const picky = fold<Row, { sum: number }, number>({
  name: 'picky',
  commutative: true,
  zero: () => ({ sum: 0 }),
  add(so, row) {
    if (fails(row)) throw new Error('three');
    return { sum: so.sum + row.x };
  },
  merge: (a, b) => ({ sum: a.sum + b.sum }),
  result: so => so.sum,
});
const folded = { name: 'picky', aggregate: picky, naive: (rows: readonly Row[]) => rows.reduce((all, row) => all + row.x, 0) };

const trial = ([size, lateness]: readonly [number, number]): Trial => {
  const windowOf = (time: number) => ({ start: Math.floor(time / size) * size, end: Math.floor(time / size) * size + size });
  return {
    says: `tumbling(${size}), lateness ${lateness}, some records fail`,
    build: (rows, late) => rows.keyBy(row => row.key).window(tumbling(size), { lateness, late }).aggregate(picky, { name: 'step', onError: 'skip' }),
    model(seen) {
      const good = assignedModel(seen.filter(one => !('row' in one) || !fails(one.row)), time => [windowOf(time)], lateness, folded);
      const all = assignedModel(seen, time => [windowOf(time)], lateness, folded);
      return { ...good, late: all.late, rejected: seen.filter(one => 'row' in one && fails(one.row)).length - (all.late.length - good.late.length) };
    },
  };
};
const sizes = fc.integer({ min: 1, max: 40 });

export const failingSubject: Subject = { name: 'failing', trials: fc.tuple(sizes, fc.constantFrom(0, 25)).map(trial), byTimeAlone: fc.tuple(sizes, fc.constant(0)).map(trial), counts: true };
