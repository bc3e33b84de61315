/** Count and sum per key and minute of event time: by the library, and by hand. */
import { Stream, count, sum, tumbling } from 'millrace';
import { BOUND, MINUTE, type Event, type Row } from './events.js';
import { each } from './sinks.js';

export async function byMillrace(events: readonly Event[]): Promise<Row[]> {
  const rows: Row[] = [];
  const job = await Stream.from(events)
    .timestamps(event => event.at, { disorder: BOUND })
    .keyBy(event => event.key)
    .window(tumbling('1m'))
    .aggregate({ count: count(), sum: sum<Event>(event => event.value) })
    .to(each(({ key, window, value }) => rows.push({ key, start: window.start, count: value.count, sum: value.sum })))
    .run();
  await job.done;
  return rows;
}

/** A Map per open window, closed by the largest time seen minus the bound; late events are left out. */
export function byHand(events: readonly Event[]): Row[] {
  const rows: Row[] = [];
  const open = new Map<number, Map<string, { count: number; sum: number }>>();
  let watermark = -Infinity;
  let earliest = Infinity;
  const close = (): void => {
    for (const start of [...open.keys()].sort((a, b) => a - b)) {
      if (start + MINUTE > watermark) break;
      for (const [key, { count: n, sum: total }] of open.get(start) ?? []) rows.push({ key, start, count: n, sum: total });
      open.delete(start);
    }
    earliest = Math.min(...open.keys());
  };
  for (const { key, value, at } of events) {
    const start = Math.floor(at / MINUTE) * MINUTE;
    if (start + MINUTE > watermark) {
      let window = open.get(start);
      if (window === undefined) {
        open.set(start, (window = new Map()));
        if (start < earliest) earliest = start;
      }
      const figures = window.get(key);
      if (figures === undefined) window.set(key, { count: 1, sum: value });
      else {
        figures.count++;
        figures.sum += value;
      }
    }
    if (at - BOUND > watermark) {
      watermark = at - BOUND;
      if (earliest + MINUTE <= watermark) close();
    }
  }
  watermark = Infinity;
  close();
  return rows;
}
