/** Days, weeks and months in Berlin around the nights in which its clocks change. The model looks at a calendar hour by hour. */
import fc from 'fast-check';
import { calendar, type CalendarUnit } from '../../../src/index.js';
import { anyCommutative, type Folded } from '../models/aggregates.js';
import { assignedModel } from '../models/assigned.js';
import { scaled, scaledSeen } from '../models/scaled.js';
import type { Subject, Trial } from '../subject.js';

const HOUR = 3_600_000;
const dates = new Map<number, string>();
const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', year: 'numeric', month: '2-digit', day: '2-digit' });
const dateAt = (hour: number): string => {
  const known = dates.get(hour) ?? format.format(hour);
  dates.set(hour, known);
  return known;
};
/** What all hours of one window have in common. */
const nameOf: { readonly [unit in CalendarUnit]?: (date: string) => string } = {
  day: date => date,
  week: date => String(Math.floor((Date.parse(date) / (24 * HOUR) + 3) / 7)),
  month: date => date.slice(0, 7),
};
const trial = ([unit, night, lateness, folded]: readonly [CalendarUnit, number, number, Folded]): Trial => {
  const scale = { from: night, by: 7 * HOUR };
  const nameAt = (hour: number): string => nameOf[unit]?.(dateAt(hour)) ?? '';
  const windowOf = (time: number) => {
    const hour = Math.floor(time / HOUR) * HOUR;
    let [start, end] = [hour, hour + HOUR];
    while (nameAt(start - HOUR) === nameAt(hour)) start -= HOUR;
    while (nameAt(end) === nameAt(hour)) end += HOUR;
    return { start, end };
  };
  return {
    says: `calendar(${unit}) around ${new Date(night).toISOString()}, lateness ${lateness}, ${folded.name}`,
    build: (rows, late) => scaled(rows, scale).keyBy(row => row.key).window(calendar(unit, { timeZone: 'Europe/Berlin' }), { lateness, late }).aggregate(folded.aggregate, { name: 'step' }),
    model: seen => assignedModel(scaledSeen(seen, scale), time => [windowOf(time)], lateness, folded),
  };
};
const shape = [fc.constantFrom<CalendarUnit>('day', 'day', 'week', 'month'), fc.constantFrom(Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25))] as const;

export const calendarSubject: Subject = {
  name: 'calendar',
  trials: fc.tuple(...shape, fc.constantFrom(0, 30 * HOUR), anyCommutative).map(trial),
  byTimeAlone: fc.tuple(...shape, fc.constant(0), anyCommutative).map(trial),
  counts: true,
};
