/** The records all laws are tried on, and how random ones come about: skewed keys, times around the epoch, two sides for joins. */
import fc from 'fast-check';

/** `id` tells records apart; `at` is event time; `side` is for laws with two inputs. */
export interface Row {
  readonly id: number;
  readonly key: string;
  readonly at: number;
  readonly x: number;
  readonly side: 'left' | 'right';
}

/** Up to `most` records in order of arrival, times within `span` around 0. One key is hot. */
export const rows = (most = 30, span = 60): fc.Arbitrary<readonly Row[]> =>
  fc
    .array(fc.record({ key: fc.constantFrom('hot', 'hot', 'hot', 'a', 'b'), at: fc.integer({ min: -span, max: span }), x: fc.integer({ min: -5, max: 5 }), side: fc.constantFrom('left' as const, 'right' as const) }), { maxLength: most })
    .map(all => all.map((row, id) => ({ ...row, id })));

/** Deals rows out to splits, each in its order of arrival. */
export const dealt = (all: readonly Row[], dealing: readonly number[], splits: number): readonly (readonly Row[])[] => Array.from({ length: splits }, (_, split) => all.filter((_row, index) => (dealing[index % dealing.length] ?? 0) % splits === split));

/** The same records in an order in which none comes more than `disorder` behind another: each waits a random while of at most that. */
export const shuffled = (all: readonly Row[], disorder: number, waits: readonly number[]): readonly Row[] =>
  all
    .map((row, index) => ({ row, due: row.at + ((waits[index % waits.length] ?? 0) % (disorder + 1)) }))
    .toSorted((a, b) => a.due - b.due || a.row.id - b.row.id)
    .map(({ row }) => row);
