/** Bounds of an interval join in numbers. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Within } from '../core/join.js';

/** Both inclusive, in milliseconds of `right.time - left.time`. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The bounds, and what is wrong with them. An excluded bound is the next whole millisecond inwards. */
export function boundsOf(within: Within | undefined): { readonly bounds: Bounds; readonly problems: readonly string[] } {
  const { lower: from, upper: to, exclusive } = spelledOut(within);
  const lower = span(from);
  const upper = span(to);
  const problems: string[] = [];
  if (Number.isNaN(lower)) problems.push(`The lower bound is ${String(from)}, which is not a duration in whole milliseconds (it may be negative, such as '-5m', or -Infinity).`);
  if (Number.isNaN(upper)) problems.push(`The upper bound is ${String(to)}, which is not a duration in whole milliseconds (it may be negative, or Infinity).`);
  if (exclusive !== undefined && !['lower', 'upper', 'both'].includes(exclusive)) problems.push(`exclusive is ${JSON.stringify(exclusive)}, which is none of 'lower', 'upper', 'both'.`);
  const bounds = { lower: exclusive === 'lower' || exclusive === 'both' ? lower + 1 : lower, upper: exclusive === 'upper' || exclusive === 'both' ? upper - 1 : upper };
  if (bounds.lower > bounds.upper) problems.push(`No time lies within ${String(from)} and ${String(to)}${exclusive === undefined ? '' : ` without ${exclusive === 'both' ? 'its ends' : `its ${exclusive} end`}`}.`);
  if (bounds.lower === Number.POSITIVE_INFINITY || bounds.upper === Number.NEGATIVE_INFINITY) problems.push(`No time lies within ${String(from)} and ${String(to)}.`);
  return { bounds: problems.length > 0 ? { lower: 0, upper: 0 } : bounds, problems };
}

function spelledOut(within: Within | undefined): { readonly lower: Duration | undefined; readonly upper: Duration | undefined; readonly exclusive?: string | undefined } {
  if (typeof within === 'object') return 'lower' in within ? within : { lower: within[0], upper: within[1] };
  if (typeof within === 'string') return { lower: (within.startsWith('-') ? within.slice(1) : `-${within}`) as Duration, upper: within }; // a duration with its sign turned
  return { lower: within === undefined ? undefined : -within, upper: within };
}

/** Whole milliseconds, negative and infinite ones too; NaN for what is none. */
function span(duration: Duration | undefined): number {
  const ms = milliseconds(duration) ?? Number.NaN;
  return Number.isInteger(ms) || Math.abs(ms) === Number.POSITIVE_INFINITY ? ms + 0 : Number.NaN;
}
