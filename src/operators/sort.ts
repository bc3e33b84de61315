/**
 * Records in order of their event time, within a bound: each is kept until nothing older is expected, then handed on; ties in order of arrival. Records wait in a table,
 * and a heap over them, made anew from the table, says which is next.
 */
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import { OverflowError } from '../core/errors.js';
import { pop, push, type Place } from '../core/heap.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Time } from '../core/values.js';
import type { Late } from '../core/window.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import { wrongCount, wrongDuration, wrongWord, type Naming } from './make.js';

/** How `sort` waits, and for how much. */
export interface SortSettings {
  /** Hand a record on when one so much newer has come, without waiting for the watermark. Default: wait for the watermark alone. */
  readonly within?: Duration | undefined;
  /** Records that may wait; default 100,000. */
  readonly maxRecords?: number | undefined;
  /** When more would have to wait: fail, or hand the oldest on early, which makes what is older than it late. Default `'fail'`. */
  readonly whenFull?: 'fail' | 'emit' | undefined;
}

/** Side output for records that came when newer ones had been handed on. */
export const UNSORTED = 'late';

const MOST = 100_000;

interface Kept {
  readonly value: unknown;
  readonly time: Time;
}
/** How far it has come by itself: by the newest record, or because it was full. */
interface Mark {
  time: Time;
}

export function sort(input: StepInput, settings: SortSettings, options?: Naming): KeyedStep {
  const within = settings.within === undefined ? undefined : milliseconds(settings.within);
  const most = settings.maxRecords ?? MOST;
  const emits = settings.whenFull === 'emit';
  const stage: KeyedStage<unknown> = { version: 0, signature: { sort: within ?? null }, open: context => openSort(context, within, most, emits) };
  return keyed([{ ...input, keyOf: () => 0 }], 'sort', stage, options, {
    eventTime: true,
    detail: within === undefined ? 'by the watermark' : `within ${durationText(within)}`,
    problems: [...wrongDuration('within', settings.within, true), ...wrongCount('maxRecords', settings.maxRecords), ...wrongWord('whenFull', settings.whenFull, ['fail', 'emit'])],
  });
}

function openSort(context: KeyedContext<unknown>, within: number | undefined, most: number, emits: boolean): KeyedPort {
  const { below, pace } = context;
  const kept = context.table<Kept>('kept');
  const marks = context.table<Mark>('mark');
  const late = context.side(UNSORTED);
  const lateCount = context.counter('late');
  const heap: Place[] = [];
  let sequence = 0;
  /** Records before this are late, those up to it are handed on. */
  let mark = Math.max(context.watermark(), marks.get(0)?.time ?? Number.NEGATIVE_INFINITY);

  for (const [key, , { time }] of kept.scan()) {
    push(heap, { time, sequence: Number(key) });
    sequence = Math.max(sequence, Number(key) + 1);
  }
  /** Not by the watermark, which the runtime keeps. */
  const raise = (time: Time): void => {
    if (time <= mark) return;
    mark = time;
    const own = marks.edit(0);
    if (own === undefined) marks.set(0, { time });
    else own.time = time;
  };
  const release = (): void => {
    const place = pop(heap);
    const record = place === undefined ? undefined : kept.get(place.sequence);
    if (place === undefined || record === undefined) return;
    kept.delete(place.sequence);
    below.data(record.value, record.time);
  };
  return {
    data(_input, _key, value, time) {
      if (time < mark) {
        lateCount.value++;
        const record: Late<unknown> = { value, time, watermark: mark };
        return late.data(record, time);
      }
      if (within !== undefined) raise(time - within);
      if (heap.length >= most) {
        const first = heap[0];
        if (first === undefined || first.time > mark) {
          if (!emits) return context.failed({ input: value, cause: new OverflowError(`The step "${context.step}"`, most, "Allow more with `maxRecords`, let it hand records on early with `whenFull: 'emit'`, or lower the disorder it waits for."), time, attempts: 1 });
          raise(Math.min(first?.time ?? time, time));
        }
      }
      kept.set(sequence, { value, time });
      push(heap, { time, sequence: sequence++ });
      for (let first = heap[0]; first !== undefined && (first.time <= mark || heap.length > most); first = heap[0]) release();
    },
    timer: () => {},
    watermark(time) {
      if (time > mark) mark = time;
      for (let first = heap[0]; first !== undefined && first.time <= mark; first = heap[0]) {
        if (!pace.go()) return false;
        release();
      }
      return true;
    },
    why: () => ({ open: heap[0] === undefined ? [] : [{ what: `the oldest of ${heap.length} records`, until: heap[0].time }], buffered: { records: heap.length } }),
  };
}
