import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sub } from '../../src/core/values.js';
import { before, find, lowerBound, put, remove, type RowList } from '../../src/state/rows.js';

const sub: fc.Arbitrary<Sub> = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom('', 'a', 'b', '10', '9'));
const sorted = (subs: Iterable<Sub>): Sub[] => [...subs].toSorted((a, b) => (a === b ? 0 : before(a, b) ? -1 : 1));

describe('ordered rows', () => {
  it('put numbers before strings', () => expect(sorted(['a', 2, '10', 10, ''])).toEqual([2, 10, '', '10', 'a']));

  it('hold what a map holds, in order, after any puts and removes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), sub, fc.nat())), steps => {
        const rows: RowList = { subs: [], values: [], own: undefined };
        const model = new Map<Sub, number>();
        for (const [adds, at, value] of steps) {
          if (adds) {
            put(rows, at, value);
            model.set(at, value);
          } else expect(remove(rows, at)).toBe(model.delete(at));
        }
        expect(rows.subs).toEqual(sorted(model.keys()));
        expect(rows.values).toEqual(rows.subs.map(s => model.get(s)));
        for (const at of [-6, 0, 6, '', 'a', 'z']) {
          expect(lowerBound(rows.subs, at)).toBe(rows.subs.filter(s => before(s, at)).length);
          expect(find(rows, at)).toBe(rows.subs.indexOf(at));
        }
      }),
    );
  });
});
