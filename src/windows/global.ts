/** One window without an end. */
import type { Windows } from '../core/window.js';
import { assignedStage } from './assigned.js';

const ALL = [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }] as const;

/**
 * One window for all time. It ends with the input; until then it gives what its trigger says. Its results carry the time of their latest record.
 *
 * @returns windows for `stream.window(...)`. What is kept for a key is kept until the end: give a key an end with a trigger that finishes, or use a process function with a time-out.
 * @example
 * ```ts
 * import { Stream, global, sum, trigger } from 'millrace';
 *
 * // The total so far, after every two payments.
 * const totals = Stream.from([5, 7, 1])
 *   .window(global())
 *   .aggregate(sum(amount => amount), { trigger: trigger.repeatedly(trigger.count(2)) });
 * for await (const { value } of totals) console.log(value); // 12, then 13 at the end
 * ```
 */
export const global = (): Windows => ({ kind: 'stage', name: 'global()', stage: (aggregate, emission) => assignedStage(() => ALL, aggregate, emission) });
