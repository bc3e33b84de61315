/** Aggregates as anyone would write them over an array, beside ours. */
import fc from 'fast-check';
import { type Aggregate, collect, compose, count, countDistinct, distinct, filtered, mapResult, max, mean, quantile, type SomeAccumulator, sum } from '../../../src/index.js';
import type { Row } from '../row.js';

export interface Folded {
  readonly name: string;
  readonly aggregate: Aggregate<Row, SomeAccumulator, unknown>;
  naive(rows: readonly Row[]): unknown;
}

const byNumber = (a: number, b: number): number => a - b;
const sumOf = (rows: readonly Row[]): number => rows.reduce((total, row) => total + row.x, 0);

/** Half of the numbers are at most this; between two of them half-way. */
const middleOf = (sorted: readonly number[]): number | undefined => (sorted.length === 0 ? undefined : ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2);

/** Results that do not depend on the order of records. */
export const commutative: readonly Folded[] = [
  { name: 'count', aggregate: count(), naive: rows => rows.length },
  { name: 'sum', aggregate: sum((row: Row) => row.x), naive: sumOf },
  { name: 'max', aggregate: max((row: Row) => row.x), naive: rows => (rows.length === 0 ? undefined : Math.max(...rows.map(row => row.x))) },
  { name: 'ids', aggregate: mapResult(collect((row: Row) => row.id), ids => ids.toSorted(byNumber)), naive: rows => rows.map(row => row.id).toSorted(byNumber) },
  { name: 'countDistinct', aggregate: countDistinct((row: Row) => row.x), naive: rows => new Set(rows.map(row => row.x)).size },
  { name: 'distinct', aggregate: distinct((row: Row) => row.x), naive: rows => [...new Set(rows.map(row => row.x))].toSorted(byNumber) },
  { name: 'median', aggregate: quantile((row: Row) => row.x, 0.5), naive: rows => middleOf(rows.map(row => row.x).toSorted(byNumber)) },
  { name: 'filtered', aggregate: filtered(count(), (row: Row) => row.x > 0), naive: rows => rows.filter(row => row.x > 0).length },
  {
    name: 'object',
    aggregate: compose({ n: count(), average: mean((row: Row) => row.x) }),
    naive: rows => ({ n: rows.length, average: rows.length === 0 ? undefined : sumOf(rows) / rows.length }),
  },
];

/** Those whose results tell the order of arrival. */
export const ordered: readonly Folded[] = [
  { name: 'collect', aggregate: collect((row: Row) => row.id), naive: rows => rows.map(row => row.id) },
];

export const anyCommutative = fc.constantFrom(...commutative);
export const anyFolded = fc.constantFrom(...commutative, ...ordered);
