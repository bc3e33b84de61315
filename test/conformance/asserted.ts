/** Expectations about several panes of a window at once, in the words of those who wrote the cases. */
import { isDeepStrictEqual } from 'node:util';
import type { Expected } from './case.js';
import type { Result } from './compare.js';
import { Unordered } from './unordered.js';

const timingOf = ({ pane }: Result): unknown => (pane as { readonly timing?: unknown } | undefined)?.timing;
const joined = (results: readonly Result[]): readonly unknown[] => results.flatMap(({ value }) => (value instanceof Unordered ? [...value.values] : [value].flat()));

/** By a word in the name of the assertion. */
const PICKS: readonly (readonly [name: RegExp, pick: (panes: readonly Result[]) => readonly Result[]])[] = [
  [/^all/, panes => panes],
  [/^nonLate/, panes => panes.filter(pane => timingOf(pane) !== 'LATE')],
  [/^early/, panes => panes.filter(pane => timingOf(pane) === 'EARLY')],
  [/^onTime/, panes => panes.filter(pane => timingOf(pane) === 'ON_TIME')],
  [/^late/, panes => panes.filter(pane => timingOf(pane) === 'LATE')],
  [/^final/, panes => panes.slice(-1)],
];

/** What differs, or `undefined`. */
export function asserted(one: Expected, results: readonly Result[]): string | undefined {
  const pick = PICKS.find(([name]) => name.test(String(one['assert'])))?.[1];
  if (pick === undefined) return `the assertion "${String(one['assert'])}" is not known`;
  const found = joined(pick(results.filter(({ window }) => one['window'] === undefined || isDeepStrictEqual(window, one['window']))));
  const wanted = [one['value']].flat();
  const same = isDeepStrictEqual(found.map(String).toSorted(), wanted.map(String).toSorted());
  return same ? undefined : `${String(one['assert'])}: ${JSON.stringify(found)}`;
}
