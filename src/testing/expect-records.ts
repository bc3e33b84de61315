/** Assertions on results and their event times, in one line and under any test runner: they throw. */
import { sameValue } from '../core/same-value.js';
import type { Time } from '../core/values.js';
import type { Pane, WindowResult } from '../core/window.js';
import type { Collected, TestRecord } from './collected.js';
import { shown } from './suites/suite.js';

/**
 * Throws unless exactly these records came, in this order, each with its event time.
 *
 * @param collected what `collect` gave.
 * @param expected pairs of value and event time in epoch milliseconds.
 * @throws Error that shows the first difference, and all records.
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { expectRecords, testing } from 'millrace/testing';
 *
 * const t = testing();
 * const words = t.source<string>('words');
 * const loud = t.collect(Stream.from(words).map(word => word.toUpperCase()));
 * await t.run(loud);
 * words.push('one', 10);
 * words.push('two', 20);
 * expectRecords(loud, [['ONE', 10], ['TWO', 20]]);
 * ```
 */
export function expectRecords<T>(collected: Pick<Collected<T>, 'records'>, expected: readonly (readonly [value: T, time: Time])[]): void {
  const { records } = collected;
  const at = expected.findIndex(([value, time], index) => !isRecord(records[index], value, time));
  if (at < 0 && records.length === expected.length) return;
  const index = at < 0 ? expected.length : at;
  const wanted = expected[index];
  throw new Error(
    `Record ${index}: expected ${wanted === undefined ? 'no more' : text(wanted[0], wanted[1])}, found ${lineOf(records[index]) ?? 'no more'}.\nAll ${records.length} records:\n${records.map(record => `  ${lineOf(record)}`).join('\n')}`,
  );
}

/**
 * The result of a window as it is expected.
 *
 * @param key of the window; `undefined` for windows without keys.
 * @param window its start and end in epoch milliseconds.
 * @param value what the aggregate gave.
 * @param which its pane; unless given, the first and on time.
 * @example
 * ```ts
 * import { pane } from 'millrace/testing';
 *
 * const corrected = pane('a', [0, 60_000], 12, { index: 1, timing: 'late' });
 * console.log(corrected.window.end);
 * ```
 */
export function pane<const K, R>(key: K, [start, end]: readonly [start: Time, end: Time], value: R, which: Partial<Pane> = {}): WindowResult<K, R> {
  return { key, window: { start, end }, value, pane: { index: which.index ?? 0, timing: which.timing ?? 'onTime' } };
}

const isRecord = (record: TestRecord<unknown> | undefined, value: unknown, time: Time): boolean => record !== undefined && Object.is(record.time, time) && sameValue(record.value, value);
const lineOf = (record: TestRecord<unknown> | undefined): string | undefined => (record === undefined ? undefined : text(record.value, record.time));
const text = (value: unknown, time: Time): string => `${shown(value)} at ${time}`;
