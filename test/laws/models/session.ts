/** Sessions by nested loops, with the watermark as it was when each row came. */
import type { Row } from '../row.js';
import type { Expected, Given, Seen } from '../subject.js';
import type { Folded } from './aggregates.js';

interface Open {
  start: number;
  end: number;
  /** By session, the earlier first; in each in order of arrival. */
  rows: Row[];
  ended: boolean;
  panes: number;
}

export function sessionModel(seen: readonly Seen[], { gap, touch, lateness, folded }: { readonly gap: number; readonly touch: boolean; readonly lateness: number; readonly folded: Folded }): Expected {
  const results: Given[] = [];
  const late: number[] = [];
  const keys = new Map<string, Open[]>();
  let watermark = Number.NEGATIVE_INFINITY;
  const give = (key: string, open: Open, timing: string): void => void results.push([{ key, window: { start: open.start, end: open.end }, value: folded.naive(open.rows), pane: { index: open.panes++, timing } }, open.end - 1]);

  for (const one of seen) {
    if ('watermark' in one) {
      watermark = one.watermark;
      for (const [key, windows] of keys) {
        for (const open of windows) {
          if (open.ended || open.end > watermark) continue;
          open.ended = true;
          give(key, open, 'onTime');
        }
        keys.set(key, windows.filter(({ end }) => end + lateness > watermark));
      }
      continue;
    }
    const { row } = one;
    const windows = keys.get(row.key) ?? [];
    const [start, end] = [row.at, row.at + gap];
    const near = windows.filter(open => (touch ? open.start <= end && start <= open.end : open.start < end && start < open.end));
    const merged: Open = {
      start: Math.min(start, ...near.map(open => open.start)),
      end: Math.max(end, ...near.map(open => open.end)),
      rows: [...near.toSorted((a, b) => a.start - b.start).flatMap(open => open.rows), row],
      ended: false,
      panes: Math.max(0, ...near.map(open => open.panes)),
    };
    if (merged.end + lateness <= watermark) {
      late.push(row.id);
      continue;
    }
    merged.ended = merged.end <= watermark;
    keys.set(row.key, [...windows.filter(open => !near.includes(open)), merged]);
    if (merged.ended) give(row.key, merged, 'late');
  }
  return { results, late, outside: 0 };
}
