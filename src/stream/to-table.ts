/** From a stream to a table. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { TableLookup } from '../core/change.js';
import type { Problem } from '../core/errors.js';
import type { Key } from '../core/values.js';
import { keyed } from '../operators/keyed.js';
import { missing, orNone, wrongDuration, wrongFunction, wrongWord } from '../operators/make.js';
import { tableStage, VERSIONS } from '../tables/table.js';
import { deadLetters, type Node } from './node.js';
import type { StepOptions } from './options.js';
import { Table } from './table.js';

/** What makes a table of a stream. */
export interface TableOptions<in T, out K> {
  /** Identity of the step and of its rows. */
  readonly name: string;
  readonly key: (value: T) => K;
  /** Whether a record deletes its row; default: none does. */
  readonly deleted?: ((value: T) => boolean) | undefined;
  /** Lookups see the row as of their record's time, up to so far behind the watermark. */
  readonly versions?: Duration | undefined;
  /** A record older than its row is dropped and counted (default), or applied: then the order of arrival decides. */
  readonly outOfOrder?: 'drop' | 'apply' | undefined;
  /** Read to its current end before the streams that look it up, and left out of their watermark. */
  readonly bootstrap?: boolean | undefined;
}

export function tableOf<T, K extends Key>(node: Node, given: StepOptions<T> & TableOptions<T, K>): Table<K, T> {
  const options = orNone<Partial<StepOptions<T> & TableOptions<T, K>>>(given);
  const { key, deleted, outOfOrder = 'drop', bootstrap } = options;
  const versions = options.versions === undefined ? undefined : milliseconds(options.versions);
  const problems: Problem[] = [
    ...wrongFunction('the key of the table', key),
    ...(deleted === undefined ? [] : wrongFunction('`deleted`', deleted)),
    ...wrongDuration('versions', options.versions, true),
    ...wrongWord('outOfOrder', outOfOrder, ['drop', 'apply']),
  ];
  const lookup: TableLookup = {};
  const stage = tableStage({ deleted: value => deleted?.(value as T) === true, versions, outOfOrder, lookup, signature: { table: outOfOrder, versions: versions ?? null } }); // what flows here is T
  const input = { ...node.input, keyOf: key as (element: unknown) => Key };
  const step = keyed([input], 'table', stage, options, { detail: versions === undefined ? outOfOrder : `${outOfOrder}, versions ${String(options.versions)}`, problems: [...missing('name', options.name), ...problems] });
  return new Table<K, T>({ input: { step }, branches: [...node.branches, ...deadLetters(step, options)] }, lookup, { versions, bootstrap, history: versions === undefined ? undefined : { step, output: VERSIONS } });
}
