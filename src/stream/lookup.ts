/** The lookup of the fluent face: a stream and a table. */
import type { Change } from '../core/change.js';
import { milliseconds, type Duration } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { RightOf } from '../core/join.js';
import type { Key } from '../core/values.js';
import { lookupStage, type LookedUp } from '../joins/lookup.js';
import { keyed } from '../operators/keyed.js';
import { orNone, wrongCount, wrongDuration, wrongWord } from '../operators/make.js';
import { deadLetters, type Node } from './node.js';
import type { StepOptions } from './options.js';
import { Stream } from './stream.js';
import type { Table } from './table.js';

/** Which row is meant, and what becomes of records without one. */
export interface LookupOptions<J extends 'inner' | 'left' = 'inner'> {
  /** Identity of the step and of its state. */
  readonly name: string;
  /** Default `'inner'`: no row, no result. `'left'`: a result all the same, its `row` is `undefined`. */
  readonly type?: J | undefined;
  /** `'latest'`: the row as it stands when the record comes. `'time'`: the row as it stood at the record's time; default for tables with `versions`. */
  readonly asOf?: 'latest' | 'time' | undefined;
  /**
   * With `asOf: 'time'`, how many records may wait for the watermark (default: 10,000 records), or how far ahead of it they may be; then reading of the stream pauses until the table has caught up.
   * `0`: records do not wait, and see what has come of their time's row.
   */
  readonly wait?: Duration | { readonly records: number } | undefined;
}

const MOST_WAITING = 10_000;

export function lookedUp<K, T, V, J extends 'inner' | 'left'>(node: Node, table: Table<K, V>, given: StepOptions<T> & LookupOptions<J>): Stream<LookedUp<T, RightOf<J, V>>> {
  const options = orNone<Partial<StepOptions<T> & LookupOptions<J>>>(given);
  const { wait } = options;
  const { bootstrap, history } = table.facts;
  const asOf = options.asOf ?? (table.facts.versions === undefined ? 'latest' : 'time');
  const versions = asOf === 'time' ? (table.facts.versions ?? 0) : undefined;
  const records = typeof wait === 'object' ? wait.records : undefined;
  const ahead = typeof wait === 'object' || wait === undefined ? undefined : milliseconds(wait);
  const problem = (what: string, fix: string): Problem => ({ code: 'lookup', where: '', what, fix });
  const problems: Problem[] = [
    ...wrongWord('type', options.type, ['inner', 'left']),
    ...wrongWord('asOf', options.asOf, ['latest', 'time']),
    ...wrongCount('wait.records', records),
    ...(typeof wait === 'object' ? [] : wrongDuration('wait', wait, true)),
    ...(asOf === 'time' && table.facts.versions === undefined ? [problem("looks up rows as of a record's time in a table that keeps no versions.", "Give the table `versions`, or leave out `asOf: 'time'`.")] : []),
    ...(asOf === 'latest' && wait !== undefined ? [problem('waits for nothing: the latest row is looked up at once.', "Leave out `wait`, or give the table `versions`.")] : []),
  ];
  const type = options.type ?? 'inner';
  const most = { records: records ?? (ahead === undefined ? MOST_WAITING : Number.POSITIVE_INFINITY), ahead: ahead ?? Number.POSITIVE_INFINITY };
  const stage = lookupStage({ left: type === 'left', versions, waits: ahead !== 0, most, signature: { join: 'lookup', type, asOf, versions: versions ?? null } });
  const rows = versions !== undefined && history !== undefined ? history : table.node.input;
  const changes = { ...rows, bootstrap, keyOf: (change: unknown) => (change as Change<Key, V>).key }; // what a table gives
  const step = keyed([node.input, changes], 'lookup', stage, options, { eventTime: versions !== undefined, detail: `${type}, ${asOf === 'latest' ? 'latest row' : "row as of the record's time"}`, problems });
  return new Stream<LookedUp<T, RightOf<J, V>>>({ input: { step }, branches: [...node.branches, ...table.node.branches, ...deadLetters(step, options)] });
}
