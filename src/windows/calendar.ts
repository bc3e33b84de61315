/**
 * Windows of the calendar in a time zone: days of 23, 24 or 25 hours, months, years. All that is known of zones comes from `Intl`; there are no tables of ours, and none to go stale.
 * A window costs a few calls of it when it is first met; records in it then cost none.
 */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Time } from '../core/values.js';
import type { Window, Windows } from '../core/window.js';
import { oneEach } from './cursor.js';
import { localClock } from './local-clock.js';

/** How long a {@link calendar} window is. */
export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** A day of the week, as `weekStart` of {@link calendar}. */
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** Where {@link calendar} windows begin. */
export interface CalendarOptions {
  /** A zone that `Intl` knows: `'Europe/Berlin'`, `'UTC'`. */
  readonly timeZone: string;
  /** Units per window, up to 10,000 years; default 1. Windows are counted from `start`. */
  readonly count?: number | undefined;
  /** The date `'YYYY-MM-DD'` on which some window begins, in the zone; default 1970-01-01, for weeks the `weekStart` before it. Fiscal years: `calendar('year', { start: '2025-04-06', ... })`. */
  readonly start?: string | undefined;
  /** For weeks without `start`; default `'monday'`. */
  readonly weekStart?: Weekday | undefined;
  /** What the clock on the wall shows when a day begins, as a duration below 24 hours: `'6h'`. Default 0. */
  readonly dayStart?: Duration | undefined;
}

const WEEKDAYS: readonly Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const DAY = 86_400_000;
const MONTHS: { readonly [unit in CalendarUnit]?: number } = { month: 1, quarter: 3, year: 12 };
const UNITS: readonly string[] = ['day', 'week', 'month', 'quarter', 'year'];
/** The longest window, in months: above it a window might reach beyond the times there are. */
const LONGEST = 12 * 10_000;
/** Times beyond have no window: dates end soon after. */
const FARTHEST_TIME = 8e15;
/** Windows found last; more than this are seldom open at once. */
const KNOWN = 64;

/**
 * Windows of whole days, weeks, months, quarters or years by the calendar (Gregorian) and clock of a time zone. A window begins when the clock on the wall first shows the date (and `dayStart`), or what comes after it
 * where clocks leap over it; so a day may have 23 or 25 hours, and a date the zone skipped has no window.
 *
 * @param unit `'day'`, `'week'`, `'month'`, `'quarter'` or `'year'`.
 * @param options `timeZone`, and where windows begin. A `start` late in a month begins windows on the last day of shorter months.
 * @returns windows for `stream.window(...)`; options that are wrong are reported with all other problems when the job starts.
 * @example
 * ```ts
 * import { Stream, calendar, count } from 'millrace';
 *
 * const sales = Stream.from([{ at: Date.UTC(2026, 2, 28, 23) }, { at: Date.UTC(2026, 2, 29, 21, 59) }]).timestamps(sale => sale.at);
 * const perDay = sales.window(calendar('day', { timeZone: 'Europe/Berlin' })).aggregate(count());
 * for await (const { window, value } of perDay) console.log((window.end - window.start) / 3_600_000, value); // 23 2
 * ```
 */
export function calendar(unit: CalendarUnit, options: CalendarOptions): Windows {
  const given: Partial<CalendarOptions> = options ?? {}; // untyped code may leave it out
  const { timeZone, count = 1, start, weekStart } = given;
  const problems: string[] = [];
  if (!UNITS.includes(unit)) problems.push(`The unit is ${unit}; give ${UNITS.join(', ')}.`);
  if (!Number.isSafeInteger(count) || count < 1 || count * (MONTHS[unit] ?? 1) > LONGEST) problems.push(`The count is ${count}, which is not a whole number above 0 that makes at most 10,000 years.`);
  const dayStart = given.dayStart === undefined ? 0 : milliseconds(given.dayStart);
  if (dayStart === undefined || !(dayStart >= 0 && dayStart < DAY)) problems.push(`The day starts at ${String(given.dayStart)}, which is not a duration from 0 to below 24 hours.`);
  const first = start === undefined ? undefined : dateOf(start);
  if (start !== undefined && first === undefined) problems.push(`The start is ${start}, which is not a date YYYY-MM-DD.`);
  if (weekStart !== undefined && (unit !== 'week' || start !== undefined)) problems.push('weekStart is for weeks without a start.');
  if (weekStart !== undefined && !WEEKDAYS.includes(weekStart)) problems.push(`weekStart is ${weekStart}; give ${WEEKDAYS.join(', ')}.`);
  const clock = localClock(timeZone);
  if (clock === undefined) problems.push(`The time zone is ${String(timeZone)}, which Intl does not know here. Give a name such as Europe/Berlin or UTC.`);
  const details = [`${timeZone}`, ...(count === 1 ? [] : [`count ${count}`]), ...(start === undefined ? [] : [`start ${start}`]), ...(weekStart === undefined ? [] : [`weekStart ${weekStart}`]), ...(given.dayStart === undefined ? [] : [`dayStart ${given.dayStart}`])];

  // 1970-01-01 was a Thursday: the week it lies in began on Monday, three days before.
  const origin = first ?? (unit === 'week' ? ((WEEKDAYS.indexOf(weekStart ?? 'monday') - 3 - 7) % 7) * DAY : 0);
  const dates = problems.length > 0 ? inDays(1, 0) : MONTHS[unit] === undefined ? inDays(unit === 'week' ? 7 * count : count, origin) : inMonths((MONTHS[unit] ?? 1) * count, origin);
  return {
    kind: 'aligned',
    name: `calendar(${unit}, ${details.join(', ')})`,
    slice: windowsBy(dates, clock?.whenShows ?? (local => local), clock?.shows ?? (time => time), dayStart ?? 0),
    over: slice => [slice],
    cursor: oneEach,
    ...(problems.length > 0 ? { problems } : {}),
  };
}

/** Dates, as times in UTC, on which windows begin. */
interface Dates {
  /** Number of the window that a time on the clock of the wall lies in. */
  numberOf(local: number): number;
  /** The date on which window number `n` begins. */
  begin(n: number): number;
}

const inDays = (days: number, origin: number): Dates => ({
  numberOf: local => Math.floor((local - origin) / (days * DAY)),
  begin: n => origin + n * days * DAY,
});

function inMonths(months: number, origin: number): Dates {
  const from = new Date(origin);
  const monthOf = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth();
  const [first, day] = [monthOf(from), from.getUTCDate()];
  const begin = (n: number): number => {
    const month = first + n * months;
    const [year, inYear] = [Math.floor(month / 12), ((month % 12) + 12) % 12];
    return utc(year, inYear, Math.min(day, new Date(utc(year, inYear + 1, 0)).getUTCDate()));
  };
  return {
    begin,
    numberOf(local) {
      const n = Math.floor((monthOf(new Date(local)) - first) / months);
      return begin(n) > local ? n - 1 : n;
    },
  };
}

/** `Date.UTC` takes years below 100 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

/** Start of a date as a time in UTC; `undefined` if it is none. */
function dateOf(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? undefined : time;
}

/** A window that no time lies in. */
const NOWHERE: Window = { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** The window of a time, with those found last at hand. */
function windowsBy(dates: Dates, whenShows: (local: number) => Time, shows: (time: Time) => number, dayStart: number): (time: Time) => Window {
  const known = new Map<number, Window>();
  let last: Window | undefined;
  const beginning = (n: number): Time => whenShows(dates.begin(n) + dayStart);
  return time => {
    if (last !== undefined && time >= last.start && time < last.end) return last;
    if (!(Math.abs(time) < FARTHEST_TIME)) return NOWHERE;
    // Where clocks are set back the wall shows a time twice, and what was begun stays begun: the number is right or one too small or too large.
    let n = dates.numberOf(shows(time) - dayStart);
    for (;;) {
      let window = known.get(n);
      if (window === undefined) {
        window = { start: beginning(n), end: beginning(n + 1) };
        known.set(n, window);
        const [oldest] = known.keys();
        if (known.size > KNOWN && oldest !== undefined) known.delete(oldest);
      }
      if (time < window.start) n--;
      else if (time >= window.end) n++;
      else return (last = window);
    }
  };
}
