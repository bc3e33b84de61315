/** Results against expectations, for each way in which a case may look at them. */
import { describe, expect, it } from 'vitest';
import type { Case, Expected } from './case.js';
import { difference, onlyRowsDiffer, type Result } from './compare.js';
import { Unordered } from './unordered.js';

const input = ['record', 'record', 'batch', 'end'].map(op => ({ op }));
const caseOf = (order: string, expected: readonly Expected[], more: Partial<Case> = {}): Case => ({ id: 'a', kind: 'window', params: {}, input, expected, order, portability: 'general', ...more });
const a: Result = { after: 0, key: 'a', value: 1, ts: 5 };
const b: Result = { after: 1, key: 'b', value: 2, ts: 6 };
const same = (order: string, expected: readonly Expected[], results: readonly Result[]): boolean => difference(caseOf(order, expected), results) === undefined;

describe('results', () => {
  it.each(['any', 'exact', 'perStep', 'block', 'blockUnordered'])('%s: all of them, with the fields that are given', order => {
    expect(same(order, [{ after: 0, key: 'a', value: 1 }, { after: 1, key: 'b' }], [a, b])).toBe(true);
    expect(same(order, [{ after: 0, key: 'a', value: 2 }, { after: 1, key: 'b' }], [a, b])).toBe(false);
    expect(same(order, [{ after: 0, key: 'a' }], [a, b])).toBe(order === 'block' || order === 'blockUnordered');
    expect(same(order, [{ after: 0, key: 'a' }, { after: 1, key: 'b' }, { after: 1, key: 'c' }], [a, b])).toBe(false);
  });
  it('any: in any order; exact: in this order, at these steps', () => {
    expect([same('any', [{ key: 'b' }, { key: 'a' }], [a, b]), same('exact', [{ key: 'b' }, { key: 'a' }], [a, b]), same('exact', [{ after: 1, key: 'a' }, { key: 'b' }], [a, b])]).toEqual([true, false, false]);
  });
  it('perStep: at its step, and nothing at others', () => {
    expect([same('perStep', [{ after: 1, key: 'a' }], [a]), same('perStep', [{ after: 0, none: true }], [a]), same('perStep', [{ after: 0, none: true }, { after: 1, key: 'b' }], [b])]).toEqual([false, false, true]);
  });
  it('block: what came since the last look, in order', () => {
    const all = [{ after: 1, key: 'a' }, { after: 1, key: 'b' }];
    expect([same('block', all, [a, b]), same('block', all.toReversed(), [a, b]), same('blockUnordered', all.toReversed(), [a, b])]).toEqual([true, false, true]);
  });
  it('perWindowSet: each value a window ever had, once', () => {
    const versions = [{ key: 'a', versions: [{ value: 1, ts: 5 }] }];
    expect([same('perWindowSet', versions, [a, a]), same('perWindowSet', versions, [a, { ...a, value: 3 }]), same('perWindowSet', versions, [])]).toEqual([true, false, false]);
  });
  it('perBatchSet: rows of a batch', () => {
    const rows = [{ after: 2, rows: [[1, 2], [3, 4]] }];
    const row = (...cells: number[]): Result => ({ after: 1, row: cells });
    expect([same('perBatchSet', rows, [row(3, 4), row(1, 2)]), same('perBatchSet', rows, [row(1, 2)]), same('perBatchSet', [{ after: 2, rows: [] }], [])]).toEqual([true, false, true]);
  });
  it('values without an order are compared as such, others are not', () => {
    const list = [{ value: [1, 2] }];
    expect([same('any', list, [{ after: 0, value: new Unordered([2, 1]) }]), same('any', list, [{ after: 0, value: [2, 1] }]), same('any', list, [{ after: 0, value: new Unordered([2, 2]) }])]).toEqual([true, false, false]);
  });
  it('a table: what its changes leave', () => {
    const table = [{ after: 1, finalTable: [{ key: 'b', value: 2 }] }];
    expect([same('perStep', table, [a, { ...a, after: 1, value: undefined }, b]), same('perStep', table, [a, b])]).toEqual([true, false]);
  });
  it('knows when only the order of several rows differs', () => {
    const swapped = caseOf('exact', [{ key: 'b' }, { key: 'a' }]);
    expect([onlyRowsDiffer(swapped, [a, b]), onlyRowsDiffer(swapped, [a, { ...b, key: 'c' }])]).toEqual([true, false]);
  });
});
