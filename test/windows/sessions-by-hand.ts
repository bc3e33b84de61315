/** Sessions by nested loops, with the watermark as it was when each record came: what merges, what is late, and what a window held each time it fired. */

export interface Arrival {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}
export interface ByHand {
  /** `key start-end ids`, for every pane. */
  readonly panes: readonly string[];
  readonly late: readonly number[];
}
interface Window {
  start: number;
  end: number;
  ids: number[];
  ended: boolean;
}

export function sessionsByHand(rows: readonly Arrival[], options: { readonly gap: number; readonly touch: boolean; readonly lateness: number; readonly disorder: number }): ByHand {
  const { gap, touch, lateness, disorder } = options;
  const panes: string[] = [];
  const late: number[] = [];
  const open = new Map<string, Window[]>();
  let watermark = -Infinity;
  const fire = (key: string, { start, end, ids }: Window): void => void panes.push(`${key} ${start}-${end} ${ids.toSorted((a, b) => a - b).join(' ')}`);
  const advance = (to: number): void => {
    watermark = to;
    for (const [key, windows] of open) {
      for (const window of windows) {
        if (window.ended || window.end > watermark) continue;
        window.ended = true;
        fire(key, window);
      }
      open.set(key, windows.filter(({ end }) => end + lateness > watermark));
    }
  };
  for (const { key, id, time } of rows) {
    const windows = open.get(key) ?? [];
    const alone = { start: time, end: time + gap };
    const near = windows.filter(({ start, end }) => (touch ? start <= alone.end && alone.start <= end : start < alone.end && alone.start < end));
    const merged: Window = { start: Math.min(time, ...near.map(({ start }) => start)), end: Math.max(alone.end, ...near.map(({ end }) => end)), ids: [...near.flatMap(({ ids }) => ids), id], ended: false };
    if (merged.end + lateness <= watermark) late.push(id);
    else {
      merged.ended = merged.end <= watermark;
      if (merged.ended) fire(key, merged);
      open.set(key, [...windows.filter(window => !near.includes(window)), merged]);
    }
    if (time - disorder > watermark) advance(time - disorder);
  }
  advance(Infinity);
  return { panes, late };
}
