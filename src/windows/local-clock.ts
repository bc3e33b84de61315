/**
 * The clock on the wall of a time zone, from `Intl`. A *local time* is what that clock shows, written as if it were UTC: in Berlin in winter, noon UTC shows 13:00, which is
 * `Date.UTC(..., 13)`.
 */
import type { Time } from '../core/values.js';

/** The clock of one zone. */
export interface LocalClock {
  /** What the clock shows at a time. */
  shows(time: Time): number;
  /** The first time at which the clock shows this, or something later, having shown less before: the first of two where clocks are set back, the leap itself where they leap over it. */
  whenShows(local: number): Time;
}

/** Zones are within 15 hours of UTC, today and in all that is recorded. */
const FARTHEST = 26 * 3_600_000;
/** Intl knows no times beyond. */
const LATEST = 8.64e15;

/** The clock of a zone; `undefined` if `Intl` does not know it. */
export function localClock(timeZone: unknown): LocalClock | undefined {
  if (typeof timeZone !== 'string') return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  } catch {
    return undefined;
  }
  const shows = (time: Time): number => {
    const within = Math.min(LATEST, Math.max(-LATEST, time));
    const seconds = Math.floor(within / 1_000);
    const parts: { [type: string]: string } = {};
    for (const { type, value } of format.formatToParts(Math.max(-LATEST, seconds * 1_000))) parts[type] = value;
    const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
    return local.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second'])) + (within - seconds * 1_000);
  };
  /** Between two times the clock is set at most a few times; where its distance from UTC is the same at both ends of a quarter of an hour it is not set within. */
  const whenShows = (local: number): Time => {
    let low = local - FARTHEST;
    let high = local + FARTHEST;
    // Steps of an hour find the first stretch in which the clock passes `local`; then the moment is found by halving.
    const offsets = [shows(low) - low, shows(high) - high];
    if (offsets[0] === offsets[1]) return local - (offsets[0] ?? 0);
    for (let at = low; at <= high; at += 900_000) {
      if (shows(at) >= local) {
        high = at;
        break;
      }
      low = at;
    }
    // To the millisecond: times need not be whole, but no zone changes its clock within one.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (shows(middle) >= local) high = middle;
      else low = middle;
    }
    return high;
  };
  return { shows, whenShows };
}
