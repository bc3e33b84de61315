/**
 * Units and conventions of time: the one place where the adapter computes with times, and it only converts. Engines count in milliseconds, seconds or ticks; mark the last moment of a window or the
 * first one after it; and mean by a watermark `w` that what follows is later than `w` (Flink) or not earlier (Beam, and the library).
 */
import type { Params } from '../case.js';
import { NotOffered } from '../outcome.js';
import { numberOf, recordOf, textOf } from './fields.js';

export interface Units {
  /** Milliseconds of a length or time of the case. */
  in(amount: number): number;
  /** A time of the library in units of the case, rounded down: one millisecond before the end is the unit before the end. */
  out(time: number): number;
  /** The library's watermark for one of the case's; the same for a timer that waits for it. */
  watermark(time: number): number;
  /** The other way. */
  watermarkOut(time: number): number;
}

const SCALES: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

const scaleOf = (unit: string | undefined, params: Params): number => {
  if (unit === undefined) return 1;
  // Made so small that halves are whole.
  if (unit === 'ticks') return Number.isInteger(numberOf(recordOf(params['window'])?.['gap']) ?? 0) ? 1 : 1_000;
  // `s of day`, `s since 10:00`
  const scale = SCALES[unit.split(' ')[0] ?? ''];
  if (scale === undefined) throw new NotOffered('words', `time unit ${unit}`);
  return scale;
};

export function unitsOf(params: Params): Units {
  const scale = scaleOf(textOf(params['timeUnit']), params);
  const flinks = params['watermarkConvention'] === 'lte';
  const inside = (amount: number): number => Math.round(amount * scale);
  const outside = (time: number): number => (scale === 1 ? time : Math.floor(time / scale));
  return {
    in: inside,
    out: outside,
    watermark: time => inside(flinks ? time + 1 : time),
    watermarkOut: time => (flinks ? outside(time) - 1 : outside(time)),
  };
}

/** How far the clock must go to show `time`. */
export const until = (time: number, now: number): number => Math.max(0, time - now);

/** A window as the case writes it: its end may be that of the last record (a session), or the last moment (windows that hang on records). */
export interface Ends {
  (window: { readonly start: number; readonly end: number }): { readonly start: number | null; readonly end: number | null };
}
const bounds = (units: Units, start: number, end: number): ReturnType<Ends> => ({ start: Number.isFinite(start) ? units.out(start) : null, end: Number.isFinite(end) ? units.out(end) : null });
export const exclusive =
  (units: Units): Ends =>
  ({ start, end }) =>
    bounds(units, start, end);
export const lastRecord =
  (units: Units, gap: number): Ends =>
  ({ start, end }) =>
    bounds(units, start, end - gap);
export const lastMoment =
  (units: Units): Ends =>
  ({ start, end }) =>
    bounds(units, start, end - 1);

/** Kafka keeps a session open through the whole of the moment one gap after its last record: a gap one millisecond longer, where those that touch stay apart. */
export const throughTheGap = (gap: number): number => gap + 1;

/** The gap at which a record alone would reach to the inclusive end of a window of the case, and one gap on. */
export const reach = (start: number, end: number, gap: number): number => end - start + gap;

/** A bound of times written as a text, `max(ts) - 300 s`; 0 if it says that there is no delay; `undefined` if there is no watermark before the end. */
export function delayIn(text: string, units: Units): number | undefined {
  const found = /\bmax\b[^-]*- ?(\d+(?:\.\d+)?)/.exec(text)?.[1];
  if (found !== undefined) return units.in(Number(found));
  if (text.includes('only at end') || text.includes('infinite')) return undefined;
  if (text.includes('no delay') || text.includes('no wait') || /^max\(ts\)$/.test(text)) return 0;
  throw new NotOffered('words', `watermark "${text}"`);
}

/** A time nothing comes after. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** The offset that puts a window at `origin`, less than one slide. */
export const alignedTo = (origin: number, every: number): number => origin % every;

/** The time of a record that brings a watermark held back by `lag` to `watermark`. */
export const heldBack = (watermark: number, lag: number): number => watermark + lag;

/** A length made of others. */
export const sum = (more: readonly number[], less: readonly number[]): number => less.reduce((total, one) => total - one, more.reduce((total, one) => total + one, 0));
export const inSeconds = (text: string): number => Number(text) * 1_000;

/** Whether a record that far behind is still kept by an engine that keeps records for the length of an interval. */
export const stillReaches = (time: number, spread: number, watermark: number): boolean => time + spread >= watermark;

/** Spark's watermark `w`, for a row, says that what follows is later than `w`: ours is the moment after. */
export const laterThan = (behind: number): number => Math.max(0, behind - 1);
