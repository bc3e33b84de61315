/** Windows that depend on the time of a record alone (tumbling, hopping, calendar): every record against every window, with the watermark as it was when it came. */
import type { Window } from '../../../src/index.js';
import type { Row } from '../row.js';
import type { Expected, Given, Seen } from '../subject.js';
import type { Folded } from './aggregates.js';

interface Held {
  readonly key: string;
  readonly window: Window;
  readonly row: Row;
}

/** Panes: one on time, then one for each late record. */
export function assignedModel(seen: readonly Seen[], windowsOf: (time: number) => readonly Window[], lateness: number, folded: Folded): Expected {
  const held: Held[] = [];
  const panes = new Map<string, number>();
  const results: Given[] = [];
  const late: number[] = [];
  let outside = 0;
  let watermark = Number.NEGATIVE_INFINITY;

  const give = (key: string, window: Window, timing: string): void => {
    const name = `${key}|${window.start}|${window.end}`;
    const index = panes.get(name) ?? 0;
    panes.set(name, index + 1);
    const rows = held.filter(h => h.key === key && h.window.start === window.start && h.window.end === window.end).map(h => h.row);
    results.push([{ key, window, value: folded.naive(rows), pane: { index, timing } }, window.end - 1]);
  };
  for (const one of seen) {
    if ('watermark' in one) {
      const due = held.filter(({ window }) => window.end > watermark && window.end <= one.watermark);
      const seenNames = new Set<string>();
      for (const { key, window } of due.toSorted((a, b) => a.window.end - b.window.end)) {
        const name = `${key}|${window.start}|${window.end}`;
        if (!seenNames.has(name)) give(key, window, 'onTime');
        seenNames.add(name);
      }
      watermark = one.watermark;
      continue;
    }
    const { row } = one;
    const windows = windowsOf(row.at);
    const open = windows.filter(window => window.end + lateness > watermark);
    if (windows.length === 0) outside++;
    else if (open.length === 0) late.push(row.id);
    for (const window of open) {
      held.push({ key: row.key, window, row });
      if (window.end <= watermark) give(row.key, window, 'late');
    }
  }
  return { results, late, outside };
}
