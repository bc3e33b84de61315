/** Rows in pieces of time against one sorted list; and what is forgotten with a piece. */
import fc from 'fast-check';
import type { KeyedContext } from '../../src/core/keyed.js';
import { volatile } from '../../src/state/volatile.js';
import { describe, expect, it } from 'vitest';
import { firstAt, openPieces } from '../../src/joins/pieces.js';

/** As much of a context as pieces need. */
function context(): Pick<KeyedContext<never>, 'table' | 'drop' | 'tables'> {
  const store = volatile();
  return { table: name => store.table('join', name), drop: name => store.drop('join', name), tables: () => [...store.tables()].map(([, name]) => name) };
}
const open = (of: ReturnType<typeof context>, width: number) => openPieces(of as KeyedContext<never>, 'left', width);

describe('pieces', () => {
  it.each([10, Infinity])('of %d ms hold each row once, by time, ties as they came, also when they are opened again', width => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -35, max: 35 })), times => {
        const of = context();
        const pieces = open(of, width);
        const rows = times.map((time, value) => ({ time, value, matched: false }));
        for (const row of rows) pieces.add('k', row);
        const inOrder = rows.toSorted((a, b) => a.time - b.time);
        for (const { list, from } of [pieces, open(of, width)]) {
          expect(list.flatMap(piece => piece.table.get('k'))).toEqual(inOrder);
          for (const time of times) expect(list[from(time)]).toMatchObject(width === Infinity ? { start: -Infinity, end: Infinity } : { start: Math.floor(time / 10) * 10, end: Math.floor(time / 10) * 10 + 10 });
        }
      }),
    );
  });

  it('are forgotten whole, and not before their end', () => {
    const of = context();
    const pieces = open(of, 10);
    for (const time of [-1, 0, 9, 10]) pieces.add(`key ${time}`, { time, value: time, matched: false });
    pieces.dropBefore(9);
    expect(pieces.list.map(({ start }) => start)).toEqual([0, 10]);
    pieces.dropBefore(10);
    expect([...pieces.rows()].map(([key]) => key)).toEqual(['key 10']);
    expect([...of.tables()]).toEqual(['left 10']);
    // One that comes after all opens its piece anew.
    pieces.add('late', { time: 3, value: 3, matched: false });
    expect(pieces.unmatched('late', 3)?.value).toBe(3);
    expect(pieces.unmatched('key 0', 0)).toBeUndefined();
  });

  it('give the unmatched rows of one time in their order', () => {
    const pieces = open(context(), 10);
    const rows = ['a', 'b', 'c'].map(value => ({ time: 5, value, matched: value === 'a' }));
    for (const row of rows) pieces.add('k', row);
    const first = pieces.unmatched('k', 5);
    expect(first?.value).toBe('b');
    if (first !== undefined) first.matched = true;
    expect(pieces.unmatched('k', 5)?.value).toBe('c');
    expect(pieces.unmatched('k', 4)).toBeUndefined();
    expect(firstAt(rows, 6)).toBe(3);
  });
});
