/** `distinct`: the first of each key within a span. What is forgotten depends on the watermark, so the model knows it. */
import fc from 'fast-check';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const trial = (within: number): Trial => ({
  says: `distinct within ${within}`,
  build: rows => rows.keyBy(row => row.key).distinct({ name: 'step', within }),
  model(seen) {
    let firsts: Row[] = [];
    const results: Given[] = [];
    for (const one of seen) {
      if ('watermark' in one) {
        // Firsts are forgotten by whole pieces of time, when no record on time can be near any of them.
        firsts = firsts.filter(({ at }) => (Math.floor(at / within) + 2) * within > one.watermark);
        continue;
      }
      const { row } = one;
      if (firsts.some(first => first.key === row.key && Math.abs(first.at - row.at) < within)) continue;
      firsts.push(row);
      results.push([row, row.at]);
    }
    return { results, late: [], outside: 0 };
  },
});

export const distinctSubject: Subject = { name: 'distinct', trials: fc.integer({ min: 1, max: 40 }).map(trial), counts: true };
