/** Expectations about what stands in a table of windows after a step: its changes so far, put together. */
import { isDeepStrictEqual } from 'node:util';
import type { Expected } from './case.js';
import { matches, shown, type Result } from './compare.js';

const NAMES = ['finalTable', 'sessions'];

export const contentLooks = (expected: readonly Expected[]): readonly Expected[] => expected.filter(one => NAMES.some(name => one[name] !== undefined));

/** What differs, or `undefined`. */
export function content(one: Expected, results: readonly Result[]): string | undefined {
  const rows = new Map<string, Result>();
  for (const result of results) {
    const place = shown([result['key'], result['window']]);
    if (result.after > (one.after ?? Number.POSITIVE_INFINITY)) continue;
    if (result['value'] === undefined || result['value'] === null) rows.delete(place);
    else rows.set(place, result);
  }
  const found = [...rows.values()];
  const { sessions, finalTable } = one;
  if (Array.isArray(sessions)) {
    const windows = found.map(({ window }) => shown(window));
    return isDeepStrictEqual(sessions.map(shown).toSorted(), windows.toSorted()) ? undefined : `open: ${windows.join(' ')}`;
  }
  const wanted = finalTable as readonly Expected[];
  const same = wanted.length === found.length && wanted.every(row => found.some(result => matches(row, result)));
  return same ? undefined : `the table holds ${shown(found)}`;
}
