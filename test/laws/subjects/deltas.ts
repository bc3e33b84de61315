/** Parts of windows that add up: whenever they are told, they come to the whole. What is compared is the sums in the end, so the step is followed by one that adds. */
import fc from 'fast-check';
import { fold, global, hopping, session, sum, trigger, tumbling, type Trigger, type WindowResult, type Windows } from '../../../src/index.js';
import type { Row } from '../row.js';
import type { Subject, Trial } from '../subject.js';

type Sums = Readonly<Record<string, number>>;
type Delta = WindowResult<string, number>;
const inOrder = (sums: Sums): Sums => Object.fromEntries(Object.entries(sums).toSorted(([a], [b]) => (a < b ? -1 : 1)));

interface Kind {
  readonly windows: Windows;
  readonly startsOf: (at: number) => readonly number[];
  /** Of sessions, which merge, the sum of each key alone is known. */
  readonly whole: boolean;
}
const kinds: readonly Kind[] = [
  { windows: tumbling(15), startsOf: at => [Math.floor(at / 15) * 15], whole: false },
  { windows: hopping(20, { every: 10 }), startsOf: at => [Math.floor(at / 10) * 10 - 10, Math.floor(at / 10) * 10], whole: false },
  { windows: session(8), startsOf: () => [0], whole: true },
  { windows: global(), startsOf: () => [0], whole: true },
];
const triggers: readonly (Trigger | undefined)[] = [undefined, trigger.repeatedly(trigger.count(2)), trigger.watermark({ early: trigger.count(3) }), trigger.repeatedly(trigger.delay(5)), trigger.repeatedly(trigger.first(trigger.count(4), trigger.delay(1)))];

const added = ({ whole }: Kind) =>
  fold<Delta, Record<string, number>, Sums>({
    name: 'sums',
    zero: () => ({}),
    add(sums, { key, window, value }) {
      const name = `${key} ${whole ? 0 : window.start}`;
      sums[name] = (sums[name] ?? 0) + value;
      return sums;
    },
    merge: (a, b) => ({ ...a, ...b }),
    result: inOrder,
  });

const trial = ([kind, when]: readonly [Kind, Trigger | undefined]): Trial => ({
  says: `deltas of ${kind.windows.name}, ${when?.name ?? 'by the watermark'}`,
  // Nothing comes too late: the sums know no lateness.
  build: rows => rows.keyBy(row => row.key).window(kind.windows, { lateness: 1_000 }).deltas(sum((row: Row) => row.x), { name: 'step', trigger: when, stamp: 'latest' }).window(global()).aggregate(added(kind), { name: 'sums' }).map(({ value }) => value, { name: 'value' }),
  model(seen) {
    const rows = seen.flatMap(one => ('row' in one ? [one.row] : []));
    const sums: Record<string, number> = {};
    for (const { key, at, x } of rows) for (const start of kind.startsOf(at)) sums[`${key} ${start}`] = (sums[`${key} ${start}`] ?? 0) + x;
    return { results: rows.length === 0 ? [] : [[inOrder(sums), Math.max(...rows.map(row => row.at))]], late: [], outside: 0 };
  },
});
const trials = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(...triggers)).map(trial);

export const deltasSubject: Subject = { name: 'deltas', trials, byTimeAlone: trials, counts: false };
