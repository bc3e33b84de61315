/**
 * A source whose script the test writes while the job runs. All splits share one script and hand it down in the order in which it was written, so what a test
 * sees live is what a restarted job sees again. The position of a split is the index in the script of what it reads next.
 */
import { MillraceError } from '../core/errors.js';
import type { Batch, Reader, Source } from '../core/source.js';
import type { Position, Time } from '../core/values.js';

/** One split of a {@link TestSource}, written by the test. */
export interface TestSplit<in T> {
  /** One record; without `time` (epoch milliseconds) it carries what the virtual clock shows now. */
  push(value: T, time?: Time): void;
  /** No record before `time` is expected any more. */
  watermark(time: Time): void;
  /** Nothing is to be expected for now: the split is left out of the minimum of watermarks until its next record, watermark or `active()`; with `until: 'active'` a watermark is ignored meanwhile. */
  idle(options?: { readonly until?: 'active' | undefined }): void;
  /** The split counts again. */
  active(): void;
  /** Reading fails here, once: a job started again reads on behind it. */
  fail(cause: unknown): void;
  /** Nothing comes after this. */
  end(): void;
}

/**
 * A scripted, replayable source. It has one split, or those named by `split` before the job runs; then `push` is for the splits, and everything else said to the source is said to each of them.
 * It brings its own event time: watermarks move by `watermark` and `end` alone, until a `timestamps` step below it gives other ones.
 */
export interface TestSource<T> extends Source<T>, TestSplit<T> {
  /** The split of this name. */
  split(name: string): TestSplit<T>;
}

type Line<T> =
  | { readonly kind: 'record'; readonly value: T; readonly time: Time }
  | { readonly kind: 'watermark'; readonly time: Time }
  | { readonly kind: 'idle'; readonly deaf: boolean }
  | { readonly kind: 'active' | 'end' }
  | { readonly kind: 'fail'; readonly cause: unknown; raised: boolean };

interface Placed<T> {
  readonly index: number;
  readonly line: Line<T>;
}

interface OpenReader {
  readonly split: string;
  /** It waits for slower splits, so nobody waits for it. */
  held: boolean;
  /** Index of what it reads next; `Infinity` if that is not written yet. */
  next(): number;
  wake: (() => void) | undefined;
}

const ONLY = '0';

/** `now` is asked for the time of records pushed without one. */
export function testSource<T>(name: string, now: () => Time): TestSource<T> {
  const scripts = new Map<string, Placed<T>[]>();
  const readers = new Set<OpenReader>();
  let length = 0;
  let listed = false;

  const wrong = (message: string): MillraceError => new MillraceError('test-source', `Source "${name}": ${message}`);
  const scriptOf = (split: string): Placed<T>[] => {
    let script = scripts.get(split);
    if (script === undefined) {
      if (listed) throw wrong(`split "${split}" was not named before the job ran. Call \`split\` for each before \`run\`.`);
      scripts.set(split, (script = []));
    }
    return script;
  };
  const write = (splits: readonly string[], line: Line<T>): void => {
    for (const split of splits) {
      const script = scriptOf(split);
      if (script.at(-1)?.line.kind === 'end') throw wrong(`split "${split}" has ended; nothing can come after that.`);
      script.push({ index: length++, line });
    }
    for (const reader of [...readers]) reader.wake?.();
  };
  const all = (): readonly string[] => (scripts.size === 0 ? [ONLY] : [...scripts.keys()]);
  const only = (): readonly string[] => {
    const splits = all();
    if (splits.length > 1 || splits[0] !== ONLY) throw wrong('it has several splits; push to one of them.');
    return splits;
  };
  const controls = (one: () => readonly string[], every: () => readonly string[]): TestSplit<T> => ({
    push: (value, time = now()) => write(one(), { kind: 'record', value, time }),
    watermark: time => write(every(), { kind: 'watermark', time }),
    idle: options => write(every(), { kind: 'idle', deaf: options?.until === 'active' }),
    active: () => write(every(), { kind: 'active' }),
    fail: cause => write(every(), { kind: 'fail', cause, raised: false }),
    end: () => write(every().filter(split => scripts.get(split)?.at(-1)?.line.kind !== 'end'), { kind: 'end' }),
  });

  return {
    name,
    replayable: true,
    watermarks: true,
    splits() {
      listed = true;
      for (const split of all()) if (!scripts.has(split)) scripts.set(split, []);
      return all();
    },
    open: (split, from) => openReader(scripts.get(split) ?? [], split, from, readers),
    ...controls(only, all),
    split(splitName) {
      scriptOf(splitName);
      const splits = [splitName];
      return controls(() => splits, () => splits);
    },
  };
}

/** Reads the script of one split, waiting for the others where the script has them first. */
function openReader<T>(script: readonly Placed<T>[], split: string, from: Position | undefined, readers: Set<OpenReader>): Reader<T> {
  const start = typeof from === 'number' ? from : 0;
  let at = script.findIndex(placed => placed.index >= start);
  if (at < 0) at = script.length;
  let position = start;
  // A job that died while the split was idle must hear of it again.
  let sleeping = script.slice(0, at).findLast(({ line }) => line.kind === 'idle' || line.kind === 'active' || line.kind === 'record' || line.kind === 'watermark')?.line.kind === 'idle';
  /** Idle until told otherwise: watermarks are ignored. */
  const asleep = script.slice(0, at).findLast(({ line }) => line.kind === 'idle' || line.kind === 'active' || line.kind === 'record')?.line;
  let deaf = asleep?.kind === 'idle' && asleep.deaf;
  const self: OpenReader = { split, held: false, next: () => script[at]?.index ?? Number.POSITIVE_INFINITY, wake: undefined };
  readers.add(self);

  const read = (max: number): Batch<T> | 'idle' | 'end' => {
    if (sleeping) {
      sleeping = false;
      return { values: [], position, idle: true };
    }
    let first = Number.POSITIVE_INFINITY;
    for (const other of readers) if (other !== self && other.split !== split && !other.held) first = Math.min(first, other.next());
    const values: T[] = [];
    const times: Time[] = [];
    const places: number[] = [];
    const batch = (more: Pick<Batch<T>, 'watermark' | 'idle'>): Batch<T> => ({ values, times, position, positionOf: index => places[index] ?? position, ...more });
    for (let placed = script[at]; placed !== undefined && placed.index < first && values.length < max; placed = script[at]) {
      const { line } = placed;
      if ((line.kind === 'end' || line.kind === 'fail') && values.length > 0) break;
      if (line.kind === 'end') return 'end';
      at++;
      position = placed.index + 1;
      switch (line.kind) {
        case 'record':
          deaf = false;
          values.push(line.value);
          times.push(line.time);
          places.push(placed.index);
          break;
        case 'watermark':
          return batch(deaf ? { watermark: line.time } : { watermark: line.time, idle: false });
        case 'idle':
          deaf = line.deaf;
          return batch({ idle: true });
        case 'active':
          deaf = false;
          return batch({ idle: false });
        case 'fail':
          if (line.raised) break;
          line.raised = true;
          throw line.cause;
      }
    }
    return values.length > 0 ? batch({}) : 'idle';
  };
  return {
    read,
    connect(_push, wake) {
      self.wake = wake;
    },
    hold(waiting) {
      self.held = waiting;
      if (waiting) for (const reader of [...readers]) if (reader !== self) reader.wake?.();
    },
    close: () => void readers.delete(self),
  };
}
