/** Windows of so many records: slices of what came, so order of arrival is all there is. */
import fc from 'fast-check';
import { countWindow } from '../../../src/index.js';
import { anyFolded, type Folded } from '../models/aggregates.js';
import { byKey } from '../models/by-key.js';
import type { Given, Subject, Trial } from '../subject.js';

const trial = ([n, every, folded]: readonly [number, number, Folded]): Trial => ({
  says: `countWindow(${n}, every ${every}, drop), ${folded.name}`,
  build: rows => rows.keyBy(row => row.key).window(countWindow(n, { every, partial: 'drop' })).aggregate(folded.aggregate, { name: 'step' }),
  model(seen) {
    const results: Given[] = [];
    const keys = byKey(seen.flatMap(one => ('row' in one ? [one.row] : [])));
    for (const [key, rows] of keys) {
      for (let at = 1; at <= rows.length; at++) {
        const place = at % every;
        if (every <= n ? place !== 0 : place !== n % every) continue;
        const window = rows.slice(Math.max(0, at - n), at);
        const times = window.map(row => row.at);
        results.push([{ key, window: { start: Math.min(...times), end: Math.max(...times) + 1 }, value: folded.naive(window), pane: { index: 0, timing: 'onTime' } }, Math.max(...times)]);
      }
    }
    return { results, late: [], outside: 0 };
  },
});

export const countSubject: Subject = { name: 'countWindow', trials: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), anyFolded).map(trial), counts: true };
