/**
 * Windowed tables, and A5: the changes of a table, each taken back by the next, come to what the batch gives. What is compared is the rows in the end, so the step is followed by one that keeps them.
 */
import fc from 'fast-check';
import { global, hopping, session, tumbling, fold, type Change, type Windows } from '../../../src/index.js';
import { byKey } from '../models/by-key.js';
import type { Row } from '../row.js';
import type { Subject, Trial } from '../subject.js';

type Rows = Readonly<Record<string, number>>;
/** The rows a changelog comes to; a change that does not fit what is there is a fault. */
const rowsOf = fold<Change<readonly (string | number)[], number>, Record<string, number>, Rows>({
  name: 'rows',
  zero: () => ({}),
  add(rows, { key, before, after }) {
    const name = key.join(' ');
    if (rows[name] !== before) throw new Error(`${name} is ${rows[name]}, not ${before}`);
    if (after === undefined) delete rows[name];
    else rows[name] = after;
    return rows;
  },
  merge: (a, b) => ({ ...a, ...b }),
  result: rows => Object.fromEntries(Object.entries(rows).toSorted(([a], [b]) => (a < b ? -1 : 1))),
});

const sessions = (rows: readonly Row[], gap: number): Rows => {
  const found: Record<string, number> = {};
  for (const [key, of] of byKey(rows)) {
    let open: { start: number; end: number; n: number } | undefined;
    const close = (): void => {
      if (open !== undefined) found[`${key} ${open.start} ${open.end}`] = open.n;
    };
    for (const { at } of of.toSorted((a, b) => a.at - b.at)) {
      if (open !== undefined && at < open.end) {
        open.n++;
        open.end = at + gap;
      } else {
        close();
        open = { start: at, end: at + gap, n: 1 };
      }
    }
    close();
  }
  return found;
};
const counted = (rows: readonly Row[], windowsOf: (at: number) => readonly (readonly [number, number])[]): Rows => {
  const found: Record<string, number> = {};
  for (const { key, at } of rows) for (const [start, end] of windowsOf(at)) found[`${key} ${start} ${end}`] = (found[`${key} ${start} ${end}`] ?? 0) + 1;
  return found;
};
const kinds: readonly { readonly windows: Windows; batch(rows: readonly Row[]): Rows }[] = [
  { windows: tumbling(15), batch: rows => counted(rows, at => [[Math.floor(at / 15) * 15, Math.floor(at / 15) * 15 + 15]]) },
  { windows: hopping(20, { every: 10 }), batch: rows => counted(rows, at => [-10, 0].map(back => { const start = Math.floor(at / 10) * 10 + back; return [start, start + 20] as const; })) },
  { windows: session(8), batch: rows => sessions(rows, 8) },
  { windows: global(), batch: rows => counted(rows, () => [[-Infinity, Infinity]]) },
];
const one = fold<Row, { n: number }, number>({ name: 'n', zero: () => ({ n: 0 }), add: so => ({ n: so.n + 1 }), merge: (a, b) => ({ n: a.n + b.n }), result: so => so.n });

const trial = ([kind, records]: readonly [(typeof kinds)[number], number]): Trial => ({
  says: `table of ${kind.windows.name}, told every ${records} records`,
  // Nothing comes too late: the batch knows no lateness.
  build: rows => rows.keyBy(row => row.key).window(kind.windows, { lateness: 1_000 }).table(one, { name: 'step', every: { records } }).changes().window(global()).aggregate(rowsOf, { name: 'rows' }).map(({ value }) => value, { name: 'value' }),
  model(seen) {
    const rows = seen.flatMap(at => ('row' in at ? [at.row] : []));
    if (rows.length === 0) return { results: [], late: [], outside: 0 };
    const last = Math.max(...rows.map(row => row.at));
    return { results: [[Object.fromEntries(Object.entries(kind.batch(rows)).toSorted(([a], [b]) => (a < b ? -1 : 1))), last]], late: [], outside: 0 };
  },
});
const trials = fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 3 })).map(trial);

export const tableSubject: Subject = { name: 'table', trials, byTimeAlone: trials, counts: false };
