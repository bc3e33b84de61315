/** Aggregates as anyone would write them over an array, beside ours. */
import fc from 'fast-check';
import { collect, compose, count, mapResult, max, mean, sum, type Aggregate, type SomeAccumulator } from '../../../src/index.js';
import type { Row } from '../row.js';

export interface Folded {
  readonly name: string;
  readonly aggregate: Aggregate<Row, SomeAccumulator, unknown>;
  naive(rows: readonly Row[]): unknown;
}

const byNumber = (a: number, b: number): number => a - b;
const sumOf = (rows: readonly Row[]): number => rows.reduce((total, row) => total + row.x, 0);

/** Results that do not depend on the order of records. */
export const commutative: readonly Folded[] = [
  { name: 'count', aggregate: count(), naive: rows => rows.length },
  { name: 'sum', aggregate: sum((row: Row) => row.x), naive: sumOf },
  { name: 'max', aggregate: max((row: Row) => row.x), naive: rows => (rows.length === 0 ? undefined : Math.max(...rows.map(row => row.x))) },
  { name: 'ids', aggregate: mapResult(collect((row: Row) => row.id), ids => ids.toSorted(byNumber)), naive: rows => rows.map(row => row.id).toSorted(byNumber) },
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
