/**
 * One split of a source as an entry of the runner: reads ahead by one batch, hands records down one by one, moves the watermark after each,
 * and remembers the position of the last batch that went down whole.
 */
import { DataError, StepError } from '../core/errors.js';
import type { Batch } from '../core/source.js';
import type { OriginCell } from '../core/stage.js';
import type { Position, Time } from '../core/values.js';
import type { Root } from '../compile/compile.js';
import { counterOf } from '../compile/meter.js';
import { postpone, type Entry, type Runtime } from '../compile/runtime.js';
import type { SourceStep } from '../plan/step.js';
import { Place } from './place.js';
import { readAhead } from './read-ahead.js';

/** Records pushed in one go that carry one time. */
const PUSHES_PER_LOOK = 64;

export interface SplitEntry extends Entry {
  readonly step: SourceStep;
  readonly split: string;
  /** Of the last batch handed down whole; `undefined` before the first. */
  position(): Position | undefined;
  /** Its end has been handed on. */
  ended(): boolean;
  /** Its reader is open. */
  readonly opened: boolean;
  /** In the middle of a batch. */
  begun(): boolean;
  /** The source said with its last batch that more is known to wait. */
  behind(): boolean;
  /** Nothing new is begun while paused; a batch begun is finished. */
  paused: boolean;
  /** For inputs that push: silence is counted by ticks, of which a blocked event loop has none. */
  tick(ms: number): void;
  /** Opens the reader behind a closed gate, so that what is pushed meanwhile is not lost. */
  open(): void;
  close(): Promise<void>;
  /** Ends the input here. */
  cut(): void;
}

/** What the runner brings to a split. */
export interface SplitOptions {
  readonly runtime: Runtime;
  readonly step: SourceStep;
  readonly split: string;
  readonly root: Root;
  readonly from: Position | undefined;
  /** May one more reader be open? */
  mayOpen(): boolean;
  /** Records of this split still inside asynchronous steps. */
  pending(): number;
  fail(error: unknown): void;
  /** The end of this split has been handed on. */
  onEnd(): void;
  /** Before records pushed from outside, see `Loop.refresh`. */
  refresh(): void;
  /** When no turn is under way: an input may push from within `connect`. */
  outside(task: () => void): void;
}

export function splitEntry(options: SplitOptions): SplitEntry {
  const { runtime, step, split, root } = options;
  const { environment, signals } = runtime;
  const halt = { n: 0 };
  const { clock, signal } = environment;
  const { data, watermark, idle } = root.port;
  const id = runtime.plan.idOf(step);
  const ownWatermarks = step.source.watermarks === true;

  const { out } = runtime.meter(step);
  const dropped = counterOf(runtime.meter(step), 'dropped');
  let paused = false;
  let phase: 'open' | 'ending' | 'ended' | 'closed' = 'open';
  /** In hand. */
  let batch: Batch<unknown> | undefined;
  let index = 0;
  let failedIndex = 0;
  let done = options.from;
  /** Highest time handed down, where the source has no watermarks of its own. */
  let high = Number.NEGATIVE_INFINITY;
  /** What records without a time of their own carry. Out here, not beside the loop that uses it: there the number would be boxed anew for every record. */
  let arrival = 0;
  let sleeping = false;
  let behind = false;
  let silence = 0;
  /** By the clock, when records last came: the first tick after them is not all silence. */
  let heard = Number.NEGATIVE_INFINITY;

  runtime.persist(
    id,
    split,
    () => (Number.isFinite(high) ? high : String(high)),
    state => (high = Number(state)),
  );
  const place = (): Place => new Place(id, split, batch, index);
  const origin: OriginCell = { read: () => place().read(), capture: place };

  const broken = (cause: unknown): void => {
    if (!signal.aborted) options.fail(cause instanceof StepError ? cause : new StepError(id, cause));
  };
  const advance = (time: Time): void => {
    if (time <= high) return;
    high = time;
    if (entry.unfinished !== undefined || !watermark(time)) postpone(entry, () => watermark(time));
  };
  /** A split that called itself idle counts again from its next record on, whatever its watermark. */
  const wakeUp = (): void => {
    sleeping = false;
    if (entry.unfinished !== undefined || !watermark(high)) postpone(entry, () => watermark(high));
  };
  const reject = (b: Batch<unknown>): void => {
    for (let failed = b.failed?.[failedIndex]; failed !== undefined && failed.before <= index; failed = b.failed?.[failedIndex]) {
      failedIndex++;
      const { input, cause, position } = failed;
      root.failed({ input, cause, time: clock.now(), attempts: 1, origin: { source: id, split, position } });
    }
  };
  /** Hands the batch down, as far as gates and budget allow; `true` when it went down whole. */
  const handDown = (b: Batch<unknown>): boolean => {
    const { values, times, failed } = b;
    const end = values.length;
    arrival = times === undefined ? Math.max(clock.now(), high) : high;
    const first = index;
    runtime.origin = origin;
    let at = first;
    while (at < end) {
      const look = Math.min(end, at + runtime.stride);
      // One time for all, and it has been handed on: nothing to do between records.
      if (times === undefined && failed === undefined && !sleeping && arrival <= high) {
        while (at < look && halt.n === 0) {
          index = at;
          data(values[at], arrival);
          at++;
        }
      } else while (at < look && halt.n === 0) {
        index = at;
        if (failed !== undefined) reject(b);
        const time = times === undefined ? arrival : (times[at] ?? arrival);
        if (Number.isFinite(time)) data(values[at], time);
        else root.failed({ input: values[at], cause: new DataError('timestamp', `The source gave the record the time ${time}; it must be finite epoch milliseconds.`, time), time: clock.now(), attempts: 1 });
        at++;
        if (sleeping) wakeUp();
        if (time > high && !ownWatermarks && time !== Number.POSITIVE_INFINITY) advance(time);
      }
      if (at < look || !runtime.inTime()) break;
    }
    index = at;
    out.value += at - first;
    if (at < end || entry.unfinished !== undefined) return false;
    if (failed !== undefined) reject(b);
    return true;
  };
  const finishBatch = (b: Batch<unknown>): void => {
    done = b.position;
    batch = undefined;
    runtime.origin = undefined;
    if (b.watermark !== undefined && (!sleeping || b.idle === false)) advance(b.watermark);
    if (b.idle === true) {
      sleeping = true;
      idle();
    } else if (b.idle === false && sleeping) wakeUp();
  };
  const quiet = (ms: number): void => {
    const listeners = runtime.quietListeners(step, split);
    if (listeners.length === 0 || options.pending() > 0) return;
    silence += ms;
    for (const listener of listeners) listener(silence);
  };
  const end = (): void => {
    phase = 'ending';
    const last = (): boolean => {
      if (!watermark(Number.POSITIVE_INFINITY)) return false;
      phase = 'ended';
      root.port.end();
      for (const empty of runtime.onEmpty) empty(entry);
      options.onEnd();
      return true;
    };
    if (entry.unfinished !== undefined || !last()) postpone(entry, last);
  };
  const take = (answer: Batch<unknown>): void => {
    batch = answer;
    index = 0;
    failedIndex = 0;
    behind = answer.behind === true;
    if (answer.values.length > 0 || behind) {
      silence = 0;
      heard = clock.now();
    }
    input.ahead();
  };
  /** Pushed records until the clock is read again. */
  let burst = 0;
  const push = (value: unknown): boolean => {
    if (signals.busy || halt.n !== 0 || batch !== undefined || paused || phase !== 'open') return false;
    if (signals.fresh || --burst < 0) {
      options.refresh();
      burst = PUSHES_PER_LOOK;
      silence = 0;
      heard = clock.now();
      arrival = Math.max(heard, high);
    }
    signals.busy = true;
    signals.again = false;
    runtime.current = entry;
    runtime.origin = undefined;
    try {
      data(value, arrival);
      out.value++;
      if (arrival > high) advance(arrival);
    } catch (error) {
      options.fail(error);
      return true;
    }
    signals.busy = false;
    if (signals.again || halt.n !== 0) runtime.wake();
    return true;
  };

  const input = readAhead({
    clock,
    signal,
    from: options.from,
    retry: step.retry,
    random: environment.random,
    onRetry: () => counterOf(runtime.meter(step), 'retries').value++,
    open: from => step.source.open(split, from, environment),
    mayOpen: options.mayOpen,
    push,
    outside: options.outside,
    wake: runtime.wake,
    broken,
  });
  const entry: SplitEntry = {
    step,
    split,
    kind: 'split',
    blocked: 0,
    halt,
    unfinished: undefined,
    get paused() {
      return paused;
    },
    set paused(value) {
      paused = value;
      // The time of a checkpoint is nobody's silence.
      if (!value) input.forgive();
    },
    get opened() {
      return input.opened && phase === 'open';
    },
    position: () => done,
    ended: () => phase === 'ended',
    begun: () => batch !== undefined && (index > 0 || failedIndex > 0),
    behind: () => behind,
    hold: waiting => input.hold(waiting),
    depth: () => (batch === undefined ? 0 : batch.values.length - index),
    tick(ms) {
      if (input.pushes && batch === undefined && input.empty && entry.blocked === 0 && !paused) quiet(silence > 0 ? ms : Math.max(0, Math.min(ms, clock.now() - heard)));
    },
    serve() {
      if (phase !== 'open' || (paused && !entry.begun())) return false;
      if (batch === undefined) {
        const answer = input.take();
        if (answer === undefined) return false;
        if (answer === 'end') {
          end();
          return true;
        }
        if (answer === 'idle') {
          if (runtime.onEmpty.size > 0 && options.pending() === 0) for (const empty of runtime.onEmpty) empty(entry);
          if (input.pushes) return false;
          quiet(input.emptyFor());
          input.ahead();
          return false;
        }
        take(answer);
      }
      if (batch !== undefined && handDown(batch)) finishBatch(batch);
      dropped.value = input.dropped() ?? 0;
      return true;
    },
    open: input.begin,
    async close() {
      // Not the end of the input: a checkpoint under way must not say that all of it was read.
      if (phase !== 'ended') phase = 'closed';
      await input.close();
    },
    cut() {
      if (phase !== 'open') return;
      batch = undefined;
      end();
    },
  };
  return entry;
}
