/** Windows of the library for those a case names, and how their ends are written there. */
import { calendar, countWindow, global, hopping, session, sliding, tumbling, type Windows } from 'millrace';
import { NotOffered } from '../outcome.js';
import { numberOf, onlyKnown, recordOf, textOf } from './fields.js';
import { alignedTo, exclusive, lastMoment, lastRecord, throughTheGap, type Ends, type Units } from './time.js';

export interface Cut {
  /** The case's word for it. */
  readonly kind: string;
  readonly windows: Windows;
  readonly ends: Ends;
}

/** Windows that only words describe. */
export const CUSTOM = 'custom';
const CALENDAR = ['day', 'week', 'month', 'quarter', 'year'] as const;
/** Kafka's windows begin at 0 and never below. */
const FROM_ZERO = 0;

/** Without a window: one for all. */
export function windowsOf(window: unknown, units: Units): Cut {
  const shape = recordOf(window) ?? { type: 'global' };
  const kind = textOf(shape['type']) ?? '';
  const { windows, ends } = cutOf(kind, shape, units);
  return { kind, windows, ends: ends ?? exclusive(units) };
}

function cutOf(kind: string, shape: NonNullable<ReturnType<typeof recordOf>>, units: Units): { readonly windows: Windows; readonly ends?: Ends } {
  const length = (name: string): number => units.in(numberOf(shape[name]) ?? Number.NaN);
  const given = numberOf(shape['offset']) ?? numberOf(shape['alignTo']);
  const offset = given === undefined ? undefined : units.in(given);
  switch (kind) {
    case 'tumbling':
      onlyKnown(shape, ['type', 'size', 'offset', 'alignTo', 'time']);
      return { windows: tumbling(length('size'), { offset }) };
    case 'sliding': {
      onlyKnown(shape, ['type', 'size', 'slide', 'offset', 'alignTo', 'time', 'notBeforeOrigin']);
      const every = length('slide');
      if (shape['notBeforeOrigin'] === true && offset !== undefined) return { windows: hopping(length('size'), { every, offset: alignedTo(offset, every), floor: offset }) };
      return { windows: hopping(length('size'), { every, offset }) };
    }
    case 'hopping':
      onlyKnown(shape, ['type', 'size', 'advance']);
      return { windows: hopping(length('size'), { every: length('advance'), floor: FROM_ZERO }) };
    case 'session': {
      onlyKnown(shape, ['type', 'gap', 'touchingMerges', 'end', 'time']);
      const gap = length('gap');
      const touching = shape['touchingMerges'] === true;
      if (textOf(shape['end'])?.includes('(inclusive)') !== true) return { windows: session(gap, { merge: touching ? 'touch' : 'overlap' }) };
      const reaching = touching ? throughTheGap(gap) : gap;
      return { windows: session(reaching), ends: lastRecord(units, reaching) };
    }
    case 'kafkaSliding':
    case 'slidingPerRecord':
      onlyKnown(shape, ['type', 'timeDifference', 'bounds', 'rule']);
      return { windows: sliding(length('timeDifference'), { windows: kind === 'kafkaSliding' ? 'both' : 'ending', floor: FROM_ZERO }), ends: lastMoment(units) };
    case 'global':
    case CUSTOM:
      return { windows: global() };
    case 'calendar': {
      onlyKnown(shape, ['type', 'unit', 'count', 'start', 'timeZone']);
      const unit = CALENDAR.find(one => one === shape['unit']);
      if (unit === undefined) throw new NotOffered('words', `calendar unit ${textOf(shape['unit'])}`);
      return { windows: calendar(unit, { timeZone: textOf(shape['timeZone']) ?? 'UTC', count: numberOf(shape['count']), start: textOf(shape['start']) }) };
    }
    case 'count':
      onlyKnown(shape, ['type', 'size']);
      return { windows: countWindow(numberOf(shape['size']) ?? Number.NaN, { partial: 'drop' }), ends: lastMoment(units) };
    case 'countHopping':
      onlyKnown(shape, ['type', 'size', 'advance', 'slide', 'step']);
      return { windows: countWindow(numberOf(shape['size']) ?? Number.NaN, { every: numberOf(shape['advance']) ?? numberOf(shape['slide']) ?? numberOf(shape['step']) ?? Number.NaN, partial: 'drop' }), ends: lastMoment(units) };
    default:
      throw new NotOffered('words', `windows of type ${kind}`);
  }
}
