/** The contract of windows that are two pure functions. Windows that bring a stage of their own are tested as steps. */
import type { Window, Windows } from '../../core/window.js';
import type { Time } from '../../core/values.js';
import { equal, holds, type SuiteCase } from './suite.js';

type Aligned = Extract<Windows, { readonly kind: 'aligned' }>;
type Merging = Extract<Windows, { readonly kind: 'merging' }>;

/** Around the epoch, around 24.8 days (where timers end), today, and far away. */
const TIMES: readonly Time[] = [0, 1, -1, 999, 1_000, 59_999, 60_000, -60_000, -59_999, 3_599_999, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1_700_000_000_123, -1_700_000_000_123, 8_640_000_000_000_000 / 4];

const contains = (window: Window, time: Time): boolean => window.start <= time && time < window.end;
const proper = (window: Window): boolean => Number.isFinite(window.start) && window.end > window.start;

/**
 * Cases windows must pass.
 *
 * @param make fresh windows for each case, with options that are right.
 * @param options `times` (epoch milliseconds) to try beside those the suite knows to be hard.
 * @example
 * ```ts
 * import { tumbling } from 'millrace';
 * import { windowsSuite } from 'millrace/testing';
 *
 * for (const { run } of windowsSuite(() => tumbling('1m'))) await run();
 * ```
 */
export function windowsSuite(make: () => Windows, options: { readonly times?: readonly Time[] | undefined } = {}): readonly SuiteCase[] {
  const times = [...TIMES, ...(options.times ?? [])];
  const named: SuiteCase = {
    name: 'have a name and no problems',
    run() {
      const windows = make();
      holds(windows.name !== '', 'windows have a name');
      equal(windows.problems ?? [], [], 'problems');
    },
  };
  const windows = make();
  if (windows.kind === 'aligned') return [named, ...alignedCases(() => make() as Aligned, times)];
  if (windows.kind === 'merging') return [named, ...mergingCases(() => make() as Merging, times)];
  return [named];
}

const alignedCases = (make: () => Aligned, times: readonly Time[]): readonly SuiteCase[] => [
  {
    name: 'cut time into slices without gaps or overlaps',
    run() {
      const { slice } = make();
      for (const time of times) {
        const found = slice(time);
        holds(proper(found) && contains(found, time), `${time} lies in its slice [${found.start}, ${found.end})`);
        equal(slice(found.start), found, 'the slice of its first moment');
        equal(slice(found.end - 1), found, 'the slice of its last moment');
        equal(slice(found.end).start, found.end, 'the next slice begins where this one ends');
        equal(slice(found.start - 1).end, found.start, 'the slice before ends where this one begins');
      }
    },
  },
  {
    name: 'make windows of whole slices, by end',
    run() {
      const { slice, over } = make();
      for (const time of times) {
        const part = slice(time);
        let end = -Infinity;
        for (const window of over(part)) {
          holds(proper(window) && window.start <= part.start && window.end >= part.end, 'a window holds its slice whole');
          holds(window.end > end, 'windows come by end, each once');
          end = window.end;
          equal(slice(window.start).start, window.start, 'a window begins with a slice');
          equal(slice(window.end - 1).end, window.end, 'a window ends with a slice');
        }
      }
    },
  },
  {
    name: 'are pure: a second look is the same',
    run() {
      const [one, other] = [make(), make()];
      for (const time of times) {
        equal(one.slice(time), other.slice(time), 'slice');
        equal(one.slice(time), other.slice(time), 'slice, again');
        equal([...one.over(one.slice(time))], [...other.over(other.slice(time))], 'windows');
      }
    },
  },
];

const mergingCases = (make: () => Merging, times: readonly Time[]): readonly SuiteCase[] => [
  {
    name: 'give every time a window of its own',
    run() {
      const { assign } = make();
      for (const time of times) {
        const window = assign(time, undefined);
        holds(proper(window) && contains(window, time), `${time} lies in its window [${window.start}, ${window.end})`);
      }
    },
  },
  {
    name: 'join whatever the order of the two',
    run() {
      const { assign, joins } = make();
      for (const a of times) for (const b of times) equal(joins(assign(a, undefined), assign(b, undefined)), joins(assign(b, undefined), assign(a, undefined)), `joins of ${a} and ${b}`);
      for (const time of times) holds(joins(assign(time, undefined), assign(time, undefined)), 'a window joins itself');
    },
  },
];
