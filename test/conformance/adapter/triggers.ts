/** Triggers of the library for those a case names. Beam's fire once unless repeated; Flink's go on. */
import { trigger, type ManualTrigger, type Trigger } from 'millrace';
import { NotOffered } from '../outcome.js';
import { listOf, numberOf, onlyKnown, recordOf, textOf } from './fields.js';
import { closingIn } from './functions/aggregates.js';
import type { Units } from './time.js';

export interface When {
  /** Absent: the default of the library. */
  readonly trigger?: Trigger | undefined;
  /** Results that close the window, with the update that brought them. */
  readonly closing?: ((result: unknown) => boolean) | undefined;
  /** Fired by hand after these steps. */
  readonly manual?: { readonly trigger: ManualTrigger; readonly after: readonly unknown[] } | undefined;
  /** A pane holds what is new, since what was given is forgotten. */
  readonly purging?: boolean;
}

export function whenOf(shape: unknown, units: Units, once: boolean): When {
  const words = textOf(shape);
  if (words !== undefined) {
    const closing = closingIn(words);
    if (closing === undefined) throw new NotOffered('words', `trigger "${words}"`);
    return { closing, trigger: trigger.first(trigger.when((_, context) => closing(context.result())), trigger.watermark({ once: true })) };
  }
  const of = recordOf(shape);
  if (of?.['type'] === 'manual') {
    const manual = trigger.manual();
    return { manual: { trigger: manual, after: listOf(of['fireAfterInputs']) }, trigger: trigger.repeatedly(manual) };
  }
  return { trigger: triggerOf(of, units, once), purging: of?.['purging'] === true };
}

function triggerOf(of: ReturnType<typeof recordOf>, units: Units, once: boolean): Trigger | undefined {
  if (of === undefined) return undefined;
  const part = (given: unknown): Trigger => triggerOf(recordOf(given), units, true) ?? trigger.watermark();
  const going = (one: Trigger): Trigger => (once ? one : trigger.repeatedly(one));
  onlyKnown(of, ['type', 'early', 'late', 'count', 'delay', 'from', 'interval', 'of', 'until', 'purging']);
  switch (of['type']) {
    case 'default':
    case 'processingTime':
      return undefined;
    case 'watermark': {
      const { early, late } = of;
      const parts = { ...(early === undefined ? {} : { early: part(early) }), ...(late === undefined ? {} : { late: part(late) }), ...(once && late === undefined ? { once } : {}) };
      return Object.keys(parts).length === 0 ? undefined : trigger.watermark(parts);
    }
    case 'count':
      return going(trigger.count(numberOf(of['count']) ?? Number.NaN));
    case 'processingTimeDelay':
      return going(trigger.delay(units.in(numberOf(of['delay']) ?? Number.NaN)));
    case 'everyEventTime':
      return trigger.every(units.in(numberOf(of['interval']) ?? Number.NaN));
    case 'never':
      return trigger.manual();
    case 'repeatedly':
      return trigger.repeatedly(part(of['of']));
    case 'first':
      return trigger.first(...listOf(of['of']).map(part));
    case 'all':
      return trigger.all(...listOf(of['of']).map(part));
    case 'orFinally':
      return trigger.orFinally(part(of['of']), part(of['until']));
    default:
      throw new NotOffered('words', `trigger ${JSON.stringify(of)}`);
  }
}
