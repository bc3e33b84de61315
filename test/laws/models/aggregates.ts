/** Aggregates as anyone would write them over an array, beside ours. */
import fc from 'fast-check';
import { type Aggregate, bigSum, collect, compose, count, countBy, countDistinct, distinct, filtered, first, fold, histogram, last, mapInput, mapResult, max, maxBy, mean, merged, min, minBy, partial, quantile, reduce, type SomeAccumulator, sum, top, variance } from '../../../src/index.js';
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

const xOf = (row: Row): number => row.x;
const sumOfX = sum(xOf);
const countOf = (rows: readonly Row[], x: number): number => rows.filter(row => row.x === x).length;
const values = (rows: readonly Row[]): readonly number[] => [...new Set(rows.map(xOf))];
/** Whole numbers this small are squared and summed exactly. */
const varianceOf = (rows: readonly Row[], less: 0 | 1): number | undefined => (rows.length <= less ? undefined : (rows.length * rows.reduce((all, { x }) => all + x * x, 0) - sumOf(rows) ** 2) / rows.length / (rows.length - less));
const EDGES = [-2, 0, 3];

/** Results that do not depend on the order of records. */
export const commutative: readonly Folded[] = [
  { name: 'count', aggregate: count(), naive: rows => rows.length },
  { name: 'sum', aggregate: sum((row: Row) => row.x), naive: sumOf },
  { name: 'max', aggregate: max((row: Row) => row.x), naive: rows => (rows.length === 0 ? undefined : Math.max(...rows.map(row => row.x))) },
  { name: 'min', aggregate: min(xOf), naive: rows => (rows.length === 0 ? undefined : Math.min(...rows.map(xOf))) },
  { name: 'mean', aggregate: mean(xOf), naive: rows => (rows.length === 0 ? undefined : sumOf(rows) / rows.length) },
  { name: 'variance', aggregate: variance(xOf), naive: rows => varianceOf(rows, 0) },
  { name: 'variance of a sample', aggregate: variance(xOf, { sample: true }), naive: rows => varianceOf(rows, 1) },
  { name: 'bigSum', aggregate: bigSum((row: Row) => BigInt(row.x)), naive: rows => BigInt(sumOf(rows)) },
  { name: 'countBy', aggregate: countBy(xOf), naive: rows => values(rows).map(key => ({ key, count: countOf(rows, key) })).toSorted((a, b) => b.count - a.count || a.key - b.key) },
  { name: 'histogram', aggregate: histogram(xOf, EDGES), naive: rows => [-Infinity, ...EDGES].map((from, i) => ({ from, to: EDGES[i] ?? Infinity, count: rows.filter(({ x }) => x >= from && x < (EDGES[i] ?? Infinity)).length })) },
  { name: 'quantiles', aggregate: quantile(xOf, [0, 1]), naive: rows => (rows.length === 0 ? [undefined, undefined] : [Math.min(...rows.map(xOf)), Math.max(...rows.map(xOf))]) },
  { name: 'mapInput', aggregate: mapInput(sum((x: number) => x), (row: Row) => 2 * row.x), naive: rows => 2 * sumOf(rows) },
  { name: 'fold', aggregate: fold<Row, { n: number }, number>({ name: 'largest id', zero: () => ({ n: -1 }), add: (so, row) => ({ n: Math.max(so.n, row.id) }), merge: (a, b) => ({ n: Math.max(a.n, b.n) }), result: so => so.n, commutative: true }), naive: rows => Math.max(-1, ...rows.map(row => row.id)) },
  { name: 'partial', aggregate: mapResult(partial(sumOfX), acc => sumOfX.result(acc)), naive: sumOf },
  { name: 'merged', aggregate: mapInput(merged(sumOfX), (row: Row) => sumOfX.add(sumOfX.zero(), row, row.at)), naive: sumOf },
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
  // Of those as far, or as early, the first to come.
  { name: 'first', aggregate: first((row: Row) => row.id), naive: rows => rows.toSorted((a, b) => a.at - b.at)[0]?.id },
  { name: 'last', aggregate: last((row: Row) => row.id), naive: rows => rows.toSorted((a, b) => a.at - b.at).at(-1)?.id },
  { name: 'minBy', aggregate: minBy(xOf), naive: rows => rows.toSorted((a, b) => a.x - b.x || a.at - b.at)[0] },
  { name: 'maxBy', aggregate: maxBy(xOf), naive: rows => rows.toSorted((a, b) => b.x - a.x || a.at - b.at)[0] },
  { name: 'top', aggregate: top(3, xOf), naive: rows => rows.toSorted((a, b) => b.x - a.x || a.at - b.at).slice(0, 3) },
  { name: 'reduce', aggregate: reduce<Row>((a, b) => ({ ...b, x: a.x + b.x })), naive: rows => { const [one, ...others] = rows; return one === undefined ? undefined : others.reduce((a, b) => ({ ...b, x: a.x + b.x }), one); } },
];

export const anyCommutative = fc.constantFrom(...commutative);
export const anyFolded = fc.constantFrom(...commutative, ...ordered);
