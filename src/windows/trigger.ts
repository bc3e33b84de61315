/** All triggers under one name, since their own are those of aggregates and operators. */
import type { Duration } from '../core/duration.js';
import type { Trigger, TriggerContext } from '../core/window.js';
import { allTrigger } from './triggers/all.js';
import { countTrigger } from './triggers/count.js';
import { delayTrigger } from './triggers/delay.js';
import { everyTrigger } from './triggers/every.js';
import { firstTrigger } from './triggers/first.js';
import { manualTrigger, type ManualTrigger } from './triggers/manual.js';
import { orFinallyTrigger } from './triggers/or-finally.js';
import { repeatedlyTrigger } from './triggers/repeatedly.js';
import { watermarkTrigger, type WatermarkTriggerOptions } from './triggers/watermark.js';
import { whenTrigger } from './triggers/when.js';

/** See {@link trigger}. */
export interface Triggers {
  /** At the n-th record. */
  count(n: number): Trigger;
  /** A span of wall-clock time after the first record of a pane. */
  delay(delay: Duration): Trigger;
  /** At each multiple of a span of event time, at the end, and for each record after it; goes on by itself. */
  every(every: Duration): Trigger;
  /** The default: when the watermark passes the end; `early` before, `late` after (default: each late record). Goes on by itself, unless `once`. */
  watermark(options?: WatermarkTriggerOptions): Trigger;
  /** At the first record for which the function answers `true`; `context.result()` is what the window comes to so far. */
  when<T>(predicate: (value: T, context: TriggerContext) => boolean): Trigger;
  /** When its `fire()` is called. */
  manual(): ManualTrigger;
  /** When one of several fires. */
  first(...triggers: readonly Trigger[]): Trigger;
  /** When each of several has fired. */
  all(...triggers: readonly Trigger[]): Trigger;
  /** As the trigger says, again and again. */
  repeatedly(trigger: Trigger): Trigger;
  /** As the first says until the second fires. */
  orFinally(trigger: Trigger, until: Trigger): Trigger;
}

/**
 * When windows fire. A trigger fires once and is then finished: what comes to the window later is dropped. `repeatedly` begins it anew; `every` and `watermark` go on by themselves.
 * Whatever the trigger, what has not been given when a window ends for good (its end plus lateness) comes out in a last pane.
 *
 * @example
 * ```ts
 * import { Stream, count, trigger, tumbling } from 'millrace';
 *
 * // Every hundred clicks, at the end, and once more when lateness is over.
 * const clicks = Stream.from([{ page: '/', at: 0 }]).timestamps(click => click.at);
 * const perPage = clicks
 *   .keyBy(click => click.page)
 *   .window(tumbling('1h'), { lateness: '10m' })
 *   .aggregate(count(), { trigger: trigger.watermark({ early: trigger.count(100), late: trigger.manual() }) });
 * ```
 */
export const trigger: Triggers = {
  count: countTrigger,
  delay: delayTrigger,
  every: everyTrigger,
  watermark: watermarkTrigger,
  when: whenTrigger,
  manual: manualTrigger,
  first: firstTrigger,
  all: allTrigger,
  repeatedly: repeatedlyTrigger,
  orFinally: orFinallyTrigger,
};
