/** A source without memory: what was said to it before a restart is gone, as the cases have it. Splits may come and go. */
import type { Batch, Clock, Reader, Source, Splits } from 'millrace';

type Line<T> = { readonly value: T; readonly time: number } | { readonly watermark: number } | { readonly idle: boolean } | 'end';

/** The end of a micro-batch. */
const MARK = { tick: true, ts: 0, stream: '', key: '', value: null, index: -1 } as unknown;
/** The only split, if none is added. */
export const ONLY = '0';

export interface LiveSplit<in T> {
  push(value: T, time: number): void;
  watermark(time: number): void;
  idle(is: boolean): void;
  /** A micro-batch is over: a record that brings nothing but this. */
  mark(): void;
  end(): void;
}
export interface Live<T> {
  readonly source: Source<T>;
  readonly split: (name: string) => LiveSplit<T>;
  /** Splits that were added and not removed. */
  readonly names: () => ReadonlySet<string>;
  /** Splits are given before the job runs or, if `dynamic`, come and go while it does. */
  add(name: string): void;
  remove(name: string): void;
}

export interface LiveOptions {
  /** Splits come and go while the job runs; none is there at first. */
  readonly dynamic?: boolean;
  /** Given: it is asked for records, every millisecond, as sources of engines that notice so when a split is idle. Otherwise it pushes. */
  readonly clock?: Clock | undefined;
}

interface Queue<T> {
  lines: Line<T>[];
  wake: (() => void) | undefined;
}

export function live<T>(name: string, { dynamic = false, clock }: LiveOptions = {}): Live<T> {
  const queues = new Map<string, Queue<T>>();
  const splits = new Set<string>();
  let changes: Splits[] = [];
  let changed: (() => void) | undefined;
  const queueOf = (split: string): Queue<T> => {
    let queue = queues.get(split);
    if (queue === undefined) queues.set(split, (queue = { lines: [], wake: undefined }));
    return queue;
  };
  const said = (split: string, line: Line<T>): void => {
    const queue = queueOf(split);
    queue.lines.push(line);
    queue.wake?.();
  };
  const tell = (change: Splits): void => {
    changes.push(change);
    changed?.();
  };
  async function* listed(): AsyncGenerator<Splits> {
    changes = [];
    if (splits.size !== 0) yield { added: [...splits] };
    for (;;) {
      const next = changes.shift();
      if (next === undefined) await new Promise<void>(resolve => (changed = resolve));
      else yield next;
    }
  }
  const nothing: Pick<Batch<T>, 'values' | 'position'> = { values: [], position: null };
  const batchOf = (line: Exclude<Line<T>, 'end'>): Batch<T> => ('value' in line ? { ...nothing, values: [line.value], times: [line.time] } : { ...nothing, ...line });
  return {
    source: {
      name,
      replayable: true, // as far as these cases look: nothing is read twice
      watermarks: true,
      splits: () => (dynamic ? listed() : splits.size === 0 ? [ONLY] : [...splits]),
      open(split) {
        const queue = queueOf(split);
        queue.lines = [];
        const next = (): Batch<T> | 'idle' | 'end' => {
          const line = queue.lines.shift();
          return line === undefined ? 'idle' : line === 'end' ? 'end' : batchOf(line);
        };
        const asked = async (signal: AbortSignal): Promise<Batch<T> | 'idle' | 'end'> => {
          if (queue.lines.length === 0) await Promise.race([new Promise<void>(resolve => (queue.wake = resolve)), clock?.sleep(1, signal)]);
          return next();
        };
        const reader: Reader<T> = { read: (_max, signal) => (clock === undefined ? next() : asked(signal)), close: () => {} };
        if (clock !== undefined) return reader;
        return {
          ...reader,
          connect(_push, wake) {
            queue.wake = wake;
          },
        };
      },
    },
    split: split => ({
      push: (value, time) => said(split, { value, time }),
      watermark: watermark => said(split, { watermark }),
      idle: idle => said(split, { idle }),
      mark: () => said(split, { value: MARK as T, time: 0 }), // read by generators that know it
      end: () => said(split, 'end'),
    }),
    names: () => splits,
    add(split) {
      splits.add(split);
      tell({ added: [split] });
    },
    remove(split) {
      splits.delete(split);
      tell({ lost: [split] });
    },
  };
}
