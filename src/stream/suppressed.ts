/** Suppression on the fluent face. */
import type { Change } from '../core/change.js';
import { milliseconds } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { Key } from '../core/values.js';
import { keyed } from '../operators/keyed.js';
import { missing, orNone, wrongDuration, wrongWord } from '../operators/make.js';
import { suppressStage } from '../tables/suppress.js';
import { Table, type SuppressOptions } from './table.js';

export function suppressed<K, V>(table: Table<K, V>, given: SuppressOptions): Table<K, V> {
  const options = orNone<Partial<SuppressOptions>>(given);
  const { until, maxRows = Number.POSITIVE_INFINITY, whenFull = 'emit' } = options;
  const { lateness } = table.facts;
  const problem = (what: string, fix: string): Problem => ({ code: 'suppress', where: '', what, fix });
  const problems: Problem[] = [
    ...missing('until', until),
    ...(until === 'close' ? [] : wrongDuration('until', until, true)),
    ...(until === 'close' && lateness === undefined ? [problem('waits for windows to close, but its table has none.', 'Give `until` a duration, or suppress what `window(...).table(...)` gave.')] : []),
    ...(maxRows === Number.POSITIVE_INFINITY || (Number.isInteger(maxRows) && maxRows >= 0) ? [] : [problem(`option \`maxRows\` is ${maxRows}.`, 'Give a whole number, 0 or above.')]),
    ...wrongWord('whenFull', whenFull, ['emit', 'fail']),
  ];
  const span = until === 'close' ? until : (milliseconds(until) ?? 0);
  const stage = suppressStage({ until: span, lateness: lateness ?? 0, maxRows, whenFull, signature: { suppress: String(span), lateness: lateness ?? 0 } });
  const input = { ...table.node.input, keyOf: (change: unknown) => (change as Change<Key, V>).key }; // what a table gives
  const step = keyed([input], 'suppress', stage, options, { eventTime: true, detail: `until ${String(until)}`, problems });
  return new Table<K, V>({ input: { step }, branches: table.node.branches }, {}, { lateness });
}
