/** Sources of a simulation: fixed records in splits, read in batches of any size, after any time; readable again from any position. */
import type { Source, Splits } from '../../core/source.js';
import type { Time } from '../../core/values.js';
import type { Process, Scheduler } from './scheduler.js';

/** One record of a script. */
export interface Scripted<out T> {
  readonly value: T;
  readonly time: Time;
}

export interface SourceFaults {
  /** Reads that say there is nothing yet. */
  idle: number;
  /** Reads that fail. */
  error: number;
}

/** `positions` hears of every acknowledged place, which must be covered by a durable checkpoint. */
export function simulatedSource<T>(options: { readonly scheduler: Scheduler; readonly faults: SourceFaults; readonly name: string; readonly splits: ReadonlyMap<string, readonly Scripted<T>[]>; /** Named one after the other, while the job runs. */ readonly late: boolean; readonly process: Process }): Source<T> {
  const { scheduler, faults, name, splits, late } = options;
  return {
    name,
    replayable: true,
    splits: late ? () => announce(scheduler, options.process, name, [...splits.keys()]) : () => [...splits.keys()],
    open(split, from) {
      const process = options.process;
      const records = splits.get(split) ?? [];
      let next = typeof from === 'number' ? from : 0;
      return {
        read: max =>
          scheduler.point(process, `${name}.read ${split} ${next}`, () => {
            if (scheduler.chance(faults.error)) throw new Error(`${name}: the read failed (simulated)`);
            if (next >= records.length) return 'end' as const;
            if (scheduler.chance(faults.idle)) return 'idle' as const;
            const some = records.slice(next, next + 1 + scheduler.pick(Math.min(max, 6)));
            next += some.length;
            return { values: some.map(r => r.value), times: some.map(r => r.time), position: next };
          }),
        close: () => {},
      };
    },
    commit: () => scheduler.point(options.process, `${name}.acknowledge`, () => {}),
  };
}

async function* announce(scheduler: Scheduler, process: Process, name: string, splits: readonly string[]): AsyncIterable<Splits> {
  for (const split of splits) {
    await scheduler.point(process, `${name}.announce ${split}`, () => {});
    yield { added: [split] };
  }
}
