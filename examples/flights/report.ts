/** What is shown at the end: the busiest airports, the day's course of delays, and the sums that prove that nothing was lost. */
import type { HourRow } from './pipeline.js';

/** Figures of the whole run; `out/summary.json` holds them. */
export interface Summary {
  readonly read: number;
  readonly onTime: number;
  readonly late: number;
  readonly rejected: number;
  /** Sums over the hourly rows. */
  readonly flights: number;
  readonly delayMinutes: number;
  readonly distance: number;
  readonly hourlyRows: number;
  readonly seconds: number;
}

interface Sums {
  flights: number;
  delay: number;
  largestDelay: number;
}

const noSums = (): Sums => ({ flights: 0, delay: 0, largestDelay: -Infinity });

function plus(sums: Sums, row: HourRow): void {
  sums.flights += row.flights;
  // The mean was made by one division, so this gives back the whole minutes it came from.
  sums.delay += Math.round(row.meanDelay * row.flights);
  sums.largestDelay = Math.max(sums.largestDelay, row.largestDelay);
}

/** Adds up the hourly rows as they are loaded. */
export interface Report {
  add(row: HourRow): void;
  readonly totals: { readonly hourlyRows: number; readonly flights: number; readonly delayMinutes: number; readonly distance: number };
  /** Table and chart. */
  text(): string;
}

export function createReport(): Report {
  const airports = new Map<string, Sums & { readonly name: string }>();
  const hoursOfDay = Array.from({ length: 24 }, noSums);
  const all = noSums();
  let [hourlyRows, distance] = [0, 0];
  return {
    add(row) {
      let airport = airports.get(row.airport);
      if (airport === undefined) airports.set(row.airport, (airport = { ...noSums(), name: `${row.airport} ${row.city}, ${row.state}` }));
      plus(airport, row);
      plus(hoursOfDay[Number(row.hour.slice(11, 13))] ?? noSums(), row);
      plus(all, row);
      distance += row.distance;
      hourlyRows++;
    },
    get totals() {
      return { hourlyRows, flights: all.flights, delayMinutes: all.delay, distance };
    },
    text: () => `${table([...airports.values()])}\n\n${chart(hoursOfDay)}`,
  };
}

const mean = ({ flights, delay }: Sums): number => (flights === 0 ? 0 : delay / flights);

function table(airports: readonly (Sums & { readonly name: string })[]): string {
  const busiest = airports.toSorted((a, b) => b.flights - a.flights).slice(0, 10);
  const rows = busiest.map(a => [a.name, a.flights.toLocaleString('en-US'), mean(a).toFixed(1), String(a.largestDelay)]);
  const all = [['busiest airports', 'flights', 'mean delay', 'largest (min)'], ...rows];
  const widths = [0, 1, 2, 3].map(i => Math.max(...all.map(row => row[i]?.length ?? 0)));
  return all.map(row => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')).join('\n');
}

function chart(hours: readonly Sums[]): string {
  const longest = Math.max(...hours.map(mean), 1);
  const lines = hours.map((hour, i) => `${String(i).padStart(2, '0')}:00  ${'█'.repeat(Math.max(0, Math.round((40 * mean(hour)) / longest)))} ${mean(hour).toFixed(1)}`);
  return ['mean delay in minutes, by hour of actual departure', ...lines].join('\n');
}

/** The sums that must agree; says so, or which do not. */
export function proof({ read, onTime, late, rejected, flights }: Summary): string {
  const n = (value: number): string => value.toLocaleString('en-US');
  const whole = read === onTime + late + rejected && onTime === flights;
  return [
    `read ${n(read)} = on time ${n(onTime)} + late ${n(late)} + rejected ${n(rejected)}`,
    `on time ${n(onTime)} = flights in the hourly rows ${n(flights)}`,
    whole ? 'Nothing was lost.' : 'SOMETHING WAS LOST: the sums do not agree.',
  ].join('\n');
}
