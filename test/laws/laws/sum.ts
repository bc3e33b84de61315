/** L-sum: the tumbling sums plus the late records are the total. */
import fc from 'fast-check';
import { sum, tumbling, type Stream, type WindowResult } from '../../../src/index.js';
import { law } from '../law.js';
import { played, same } from '../play.js';
import type { Row } from '../row.js';
import type { Trial } from '../subject.js';
import { ways } from './ways.js';

const total = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);

export const sumLaw = law('L-sum', fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 5, 25), ways), async ([size, lateness, way]) => {
  const trial: Trial = {
    says: `tumbling(${size}), lateness ${lateness}`,
    build: (rows: Stream<Row>, late) => rows.keyBy(row => row.key).window(tumbling(size), { lateness, late }).aggregate(sum(row => row.x), { name: 'step' }),
    model: () => ({ results: [], late: [], outside: 0 }),
  };
  const { results, late } = await played(trial, way);
  // The last pane of a window is the whole window.
  const last = new Map<string, number>();
  for (const [value] of results) {
    const { key, window, value: x } = value as WindowResult<string, number>;
    last.set(`${key}|${window.start}`, x);
  }
  const rows = way.splits.flat();
  same(total([...last.values()]) + total(rows.filter(row => late.includes(row.id)).map(row => row.x)), total(rows.map(row => row.x)), 'sums and late records');
});
