/** Windows that a trigger finishes: what comes after is dropped, and neither late nor a result. */
import fc from 'fast-check';
import { trigger, tumbling, type Window } from '../../../src/index.js';
import { anyFolded, type Folded } from '../models/aggregates.js';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

interface Open {
  readonly key: string;
  readonly window: Window;
  readonly rows: Row[];
  finished: boolean;
}

const trial = ([size, n, folded]: readonly [number, number, Folded]): Trial => ({
  says: `tumbling(${size}), finished after ${n}, ${folded.name}`,
  build: (rows, late) => rows.keyBy(row => row.key).window(tumbling(size), { late }).aggregate(folded.aggregate, { name: 'step', trigger: trigger.count(n) }),
  model(seen) {
    const results: Given[] = [];
    const late: number[] = [];
    const windows = new Map<string, Open>();
    let watermark = Number.NEGATIVE_INFINITY;
    const give = (open: Open, timing: string): void => {
      open.finished = true;
      results.push([{ key: open.key, window: open.window, value: folded.naive(open.rows), pane: { index: 0, timing } }, open.window.end - 1]);
    };
    for (const one of seen) {
      if ('watermark' in one) {
        watermark = one.watermark;
        // What is new when a window closes comes out in a last pane.
        for (const open of windows.values()) if (!open.finished && open.window.end <= watermark) give(open, 'onTime');
        continue;
      }
      const { row } = one;
      const start = Math.floor(row.at / size) * size;
      if (start + size <= watermark) {
        late.push(row.id);
        continue;
      }
      const name = `${row.key} ${start}`;
      const open = windows.get(name) ?? { key: row.key, window: { start, end: start + size }, rows: [], finished: false };
      windows.set(name, open);
      if (open.finished) continue;
      open.rows.push(row);
      if (open.rows.length === n) give(open, 'early');
    }
    return { results, late, outside: 0 };
  },
});

export const finishedSubject: Subject = { name: 'finished', trials: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), anyFolded).map(trial), counts: true };
