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

/** How many records a queue that forgets has given, and which it was told are safe, by split. It outlives processes. */
export type Queue = Map<string, { given: number; readonly safe: Set<number> }>;

/** Records that are given once, to whoever reads: what nobody has kept is lost. */
export function simulatedQueue<T>(options: { readonly scheduler: Scheduler; readonly faults: SourceFaults; readonly name: string; readonly splits: ReadonlyMap<string, readonly Scripted<T>[]>; readonly queue: Queue; readonly process: Process }): Source<T> {
  const { scheduler, faults, name, splits, queue, process } = options;
  /** What the reader that is open now was given: an acknowledgement is of nothing else. */
  const mine = new Map<string, number[]>();
  const stateOf = (split: string): { given: number; readonly safe: Set<number> } => {
    const found = queue.get(split) ?? { given: 0, safe: new Set<number>() };
    queue.set(split, found);
    return found;
  };
  return {
    name,
    replayable: false,
    splits: () => [...splits.keys()],
    open(split) {
      const records = splits.get(split) ?? [];
      const state = stateOf(split);
      const given: number[] = [];
      mine.set(split, given);
      return {
        read: max =>
          scheduler.point(process, `${name}.take ${split}`, () => {
            if (scheduler.chance(faults.error)) throw new Error(`${name}: the read failed (simulated)`);
            if (state.given >= records.length) return 'end' as const;
            if (scheduler.chance(faults.idle)) return 'idle' as const;
            const some = records.slice(state.given, state.given + 1 + scheduler.pick(Math.min(max, 6)));
            some.forEach((_, index) => given.push(state.given + index));
            state.given += some.length;
            return { values: some.map(r => r.value), times: some.map(r => r.time), position: state.given };
          }),
        close: () => {},
      };
    },
    commit: positions =>
      scheduler.point(process, `${name}.acknowledge`, () => {
        for (const [split, at] of Object.entries(positions)) for (const index of mine.get(split) ?? []) if (index < Number(at)) stateOf(split).safe.add(index);
      }),
  };
}

async function* announce(scheduler: Scheduler, process: Process, name: string, splits: readonly string[]): AsyncIterable<Splits> {
  for (const split of splits) {
    await scheduler.point(process, `${name}.announce ${split}`, () => {});
    yield { added: [split] };
  }
}
