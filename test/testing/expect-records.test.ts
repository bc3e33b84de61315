import { describe, expect, it } from 'vitest';
import { expectRecords, pane } from 'millrace/testing';

const collected = { records: [{ value: { a: 1 }, time: 5 }, { value: { a: 2 }, time: 6 }] };

describe('expectRecords', () => {
  it('is content with what came, in order', () => {
    expectRecords(collected, [[{ a: 1 }, 5], [{ a: 2 }, 6]]);
    expectRecords({ records: [] }, []);
  });
  it.each<[string, readonly (readonly [{ a: number }, number])[], RegExp]>([
    ['another value', [[{ a: 1 }, 5], [{ a: 3 }, 6]], /Record 1: expected \{"a":3\} at 6, found \{"a":2\} at 6/],
    ['another time', [[{ a: 1 }, 4], [{ a: 2 }, 6]], /Record 0: expected \{"a":1\} at 4, found \{"a":1\} at 5/],
    ['another order', [[{ a: 2 }, 6], [{ a: 1 }, 5]], /Record 0/],
    ['one more', [[{ a: 1 }, 5], [{ a: 2 }, 6], [{ a: 3 }, 7]], /Record 2: expected \{"a":3\} at 7, found no more/],
    ['one less', [[{ a: 1 }, 5]], /Record 1: expected no more, found \{"a":2\} at 6/],
  ])('throws for %s, and shows all', (_, expected, message) => {
    expect(() => expectRecords(collected, expected)).toThrow(message);
    expect(() => expectRecords(collected, expected)).toThrow('All 2 records');
  });
});

describe('pane', () => {
  it('is the first and on time unless said otherwise', () => {
    expect(pane('k', [0, 10], 3)).toEqual({ key: 'k', window: { start: 0, end: 10 }, value: 3, pane: { index: 0, timing: 'onTime' } });
    expect(pane('k', [0, 10], 3, { index: 2, timing: 'late' }).pane).toEqual({ index: 2, timing: 'late' });
  });
});
