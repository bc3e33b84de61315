/**
 * The same answers from plain arrays and maps, as one writes them by hand when all rows are in memory: what the test compares the job with, and what the bench measures it against.
 *
 * The only idea it shares with the job is what "late" means: a flight is late for a window if the last scheduled time before it, minus one hour, had reached the window's end.
 */
import type { Airports, FlightRow } from './data.js';
import type { DayRow, HourRow } from './pipeline.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Answers {
  readonly read: number;
  readonly onTime: number;
  readonly late: number;
  readonly rejected: number;
  /** In order of the hour, then of the airport's first flight in it. */
  readonly hours: readonly HourRow[];
  readonly days: readonly DayRow[];
}

interface Figures {
  flights: number;
  delay: number;
  largestDelay: number;
  distance: number;
}

export function oracle(rows: readonly FlightRow[], airports: Airports): Answers {
  const hours = new Map<number, Map<string, Figures>>();
  const days = new Map<number, Map<string, number>>();
  let [onTime, late, rejected, closed] = [0, 0, 0, -Infinity];
  for (const { date, delay, distance, origin, destination } of rows) {
    if (!airports.has(origin) || !airports.has(destination) || typeof delay !== 'number' || !Number.isFinite(delay)) {
      rejected++;
      continue;
    }
    const departed = date + delay * 60_000;
    const hour = Math.floor(departed / HOUR) * HOUR;
    const day = Math.floor(departed / DAY) * DAY;
    if (hour + HOUR <= closed) late++;
    else {
      onTime++;
      let ofHour = hours.get(hour);
      if (ofHour === undefined) hours.set(hour, (ofHour = new Map()));
      const figures = ofHour.get(origin);
      if (figures === undefined) ofHour.set(origin, { flights: 1, delay, largestDelay: delay, distance });
      else {
        figures.flights++;
        figures.delay += delay;
        if (delay > figures.largestDelay) figures.largestDelay = delay;
        figures.distance += distance;
      }
    }
    if (day + DAY > closed) {
      let ofDay = days.get(day);
      if (ofDay === undefined) days.set(day, (ofDay = new Map()));
      const route = `${origin}-${destination}`;
      ofDay.set(route, (ofDay.get(route) ?? 0) + 1);
    }
    closed = Math.max(closed, date - HOUR);
  }
  return { read: rows.length, onTime, late, rejected, hours: hourRows(hours, airports), days: dayRows(days) };
}

const inOrder = <V>(map: ReadonlyMap<number, V>): [number, V][] => [...map].toSorted(([a], [b]) => a - b);

function hourRows(hours: ReadonlyMap<number, ReadonlyMap<string, Figures>>, airports: Airports): HourRow[] {
  const rows: HourRow[] = [];
  for (const [start, ofHour] of inOrder(hours)) {
    const hour = new Date(start).toISOString();
    for (const [airport, { flights, delay, largestDelay, distance }] of ofHour) {
      const { city = '', state = '' } = airports.get(airport) ?? {};
      rows.push({ airport, city, state, hour, flights, meanDelay: delay / flights, largestDelay, distance });
    }
  }
  return rows;
}

function dayRows(days: ReadonlyMap<number, ReadonlyMap<string, number>>): DayRow[] {
  return inOrder(days).map(([start, routes]) => ({
    day: new Date(start).toISOString().slice(0, 10),
    routes: [...routes].map(([route, flights]) => ({ route, flights })).toSorted((a, b) => b.flights - a.flights || (a.route < b.route ? -1 : 1)).slice(0, 10),
  }));
}
