/**
 * Asynchronous calls, the heart of `mapAsync`, `mapBatch`, `enrich`: so many at once, results in the order of the input or as they come, per key one after the other if asked for,
 * with retry and time limit. A watermark never overtakes the records that were before it: in order it waits in the same queue; out of order it closes a segment and leaves
 * when every record of the segment has left.
 */
import { milliseconds, type Duration } from '../core/duration.js';
import { TimeoutError } from '../core/errors.js';
import { isPromise } from '../core/maybe.js';
import { retryDelay, type Retry } from '../core/retry.js';
import type { AsyncContext, AsyncPort, Inlet, OriginCell } from '../core/stage.js';
import type { Time } from '../core/values.js';

/** How calls are made. */
export interface CallOptions<In> {
  readonly concurrency: number;
  readonly order: 'input' | 'none';
  /** One call at a time for records of the same key. */
  readonly keyOf?: ((value: In) => string) | undefined;
  readonly timeout?: Duration | undefined;
  readonly retry?: Retry | undefined;
}

/** A record in the step. */
interface Slot<In, Out> {
  readonly kind: 'call';
  readonly value: In;
  readonly time: Time;
  readonly origin: OriginCell | undefined;
  readonly segment: Segment | undefined;
  readonly key: string | undefined;
  attempts: number;
  state: 'waiting' | 'running' | 'done' | 'failed';
  result: Out | undefined;
  cause: unknown;
}
/** Something that must not overtake the records before it. */
interface Mark {
  readonly kind: 'watermark' | 'idle' | 'end';
  time: Time;
}
/** The records between two marks, out of order among themselves. */
interface Segment {
  open: number;
  mark: Mark | undefined;
}

/** The port of a step that makes `f` calls. `f` may also answer at once. */
export function calls<In, Out>(inlet: Inlet<Out>, context: AsyncContext, f: (value: In, signal: AbortSignal) => Out | PromiseLike<Out>, options: CallOptions<In>): AsyncPort<In> {
  const { gate, environment } = context;
  const { clock, signal } = environment;
  const { concurrency, keyOf, retry } = options;
  const ordered = options.order === 'input';
  const limit = options.timeout === undefined ? undefined : milliseconds(options.timeout);
  const attempts = retry?.attempts ?? 1;
  const retries = context.counter('retries');
  /** Room for results that wait for the one before, and for records whose key is busy. */
  const capacity = ordered || keyOf !== undefined ? 2 * concurrency : concurrency;

  let queue: (Slot<In, Out> | Mark)[] = [];
  let head = 0;
  const segments: Segment[] = [{ open: 0, mark: undefined }];
  const waiting: Slot<In, Out>[] = [];
  const keys = new Map<string, Slot<In, Out>[]>();
  let active = 0;
  let size = 0;
  let handed = Number.NEGATIVE_INFINITY;
  let stalled = false;

  let closed = false;
  const regulate = (): void => {
    if (size >= capacity || stalled) {
      closed = true;
      gate.close();
    } else if (closed) {
      closed = false;
      gate.open();
      // What was sent woke the runner while the gate was closed still.
      context.wake();
    }
  };
  const roomAgain = (): void => {
    stalled = false;
    if (ordered) drainQueue();
    regulate();
  };
  const stall = (): void => {
    if (stalled) return;
    stalled = true;
    inlet.onReady(roomAgain);
  };
  const send = (slot: Slot<In, Out>): void => {
    size--;
    if (slot.state === 'failed') inlet.fail({ input: slot.value, cause: slot.cause, time: slot.time, attempts: slot.attempts, origin: slot.origin?.read() });
    else if (!inlet.offer(slot.result as Out, slot.time, slot.origin)) stall(); // `done` sets the result
  };
  const sendMark = (mark: Mark): void => {
    if (mark.kind === 'watermark') inlet.watermark(mark.time);
    else if (mark.kind === 'idle') inlet.idle();
    else inlet.end();
  };
  const drainQueue = (): void => {
    while (head < queue.length && !stalled) {
      const next = queue[head];
      if (next === undefined || (next.kind === 'call' && (next.state === 'waiting' || next.state === 'running'))) break;
      // First: what is sent may wake the runner, which comes back here.
      head++;
      if (next.kind === 'call') send(next);
      else sendMark(next);
    }
    if (head === queue.length) {
      queue = [];
      head = 0;
    } else if (head > 1_024) {
      queue = queue.slice(head);
      head = 0;
    }
  };
  const drainSegments = (): void => {
    for (let first = segments[0]; first?.mark !== undefined && first.open === 0; first = segments[0]) {
      segments.shift();
      sendMark(first.mark);
    }
  };
  const settled = (slot: Slot<In, Out>): void => {
    active--;
    if (slot.key !== undefined) {
      const line = keys.get(slot.key);
      const next = line?.shift();
      if (next === undefined) keys.delete(slot.key);
      else waiting.unshift(next);
    }
    startWaiting();
    if (slot.segment === undefined) drainQueue();
    else {
      slot.segment.open--;
      send(slot);
      drainSegments();
    }
    regulate();
  };
  const succeed = (slot: Slot<In, Out>, result: Out): void => {
    slot.state = 'done';
    slot.result = result;
    settled(slot);
  };
  const failOrRetry = (slot: Slot<In, Out>, cause: unknown): void => {
    if (signal.aborted) return;
    if (retry !== undefined && slot.attempts < attempts) {
      retries.value++;
      clock.sleep(retryDelay(retry, slot.attempts, environment.random), signal).then(
        () => call(slot),
        () => {},
      );
      return;
    }
    slot.state = 'failed';
    slot.cause = cause;
    settled(slot);
  };
  const call = (slot: Slot<In, Out>): void => {
    slot.attempts++;
    if (limit !== undefined) return callWithin(slot, limit);
    let answer: Out | PromiseLike<Out>;
    try {
      answer = f(slot.value, signal);
    } catch (cause) {
      return failOrRetry(slot, cause);
    }
    if (!isPromise(answer)) return succeed(slot, answer);
    answer.then(
      result => succeed(slot, result),
      (cause: unknown) => failOrRetry(slot, cause),
    );
  };
  /** The call's signal is aborted when its time is up; what it answers after that is not heard. */
  const callWithin = (slot: Slot<In, Out>, ms: number): void => {
    const own = new AbortController();
    let over = false;
    const once = (then: () => void): void => {
      if (over) return;
      over = true;
      own.abort(new DOMException('The call is over.', 'AbortError'));
      then();
    };
    clock.sleep(ms, AbortSignal.any([signal, own.signal])).then(
      () =>
        once(() => {
          failOrRetry(slot, new TimeoutError(`A call of step "${context.step}"`, ms));
        }),
      () => {},
    );
    let answer: Out | PromiseLike<Out>;
    try {
      answer = f(slot.value, AbortSignal.any([signal, own.signal]));
    } catch (cause) {
      return once(() => failOrRetry(slot, cause));
    }
    Promise.resolve(answer).then(
      result => once(() => succeed(slot, result)),
      (cause: unknown) => once(() => failOrRetry(slot, cause)),
    );
  };
  const start = (slot: Slot<In, Out>): void => {
    active++;
    slot.state = 'running';
    call(slot);
  };
  const startWaiting = (): void => {
    while (active < concurrency) {
      const next = waiting.shift();
      if (next === undefined) return;
      start(next);
    }
  };
  const put = (mark: Mark): void => {
    if (ordered) {
      const last = head < queue.length ? queue.at(-1) : undefined;
      if (mark.kind === 'watermark' && last?.kind === 'watermark') last.time = mark.time;
      else queue.push(mark);
      drainQueue();
      return;
    }
    const current = segments.at(-1);
    const before = segments.at(-2);
    if (mark.kind === 'watermark' && current?.open === 0 && before?.mark?.kind === 'watermark') before.mark.time = mark.time;
    else {
      if (current !== undefined) current.mark = mark;
      segments.push({ open: 0, mark: undefined });
    }
    drainSegments();
  };

  return {
    data(value, time) {
      let key: string | undefined;
      if (keyOf !== undefined) {
        try {
          key = keyOf(value);
        } catch (cause) {
          return context.failed({ input: value, cause, time, attempts: 1 });
        }
      }
      const segment = ordered ? undefined : segments.at(-1);
      const slot: Slot<In, Out> = { kind: 'call', value, time, origin: context.captureOrigin(), segment, key, attempts: 0, state: 'waiting', result: undefined, cause: undefined };
      size++;
      if (segment === undefined) queue.push(slot);
      else segment.open++;
      if (key !== undefined) {
        const line = keys.get(key);
        if (line !== undefined) {
          line.push(slot);
          return regulate();
        }
        keys.set(key, []);
      }
      if (active < concurrency) start(slot);
      else waiting.push(slot);
      regulate();
    },
    watermark(time) {
      if (time <= handed) return true;
      handed = time;
      put({ kind: 'watermark', time });
      return true;
    },
    idle: () => put({ kind: 'idle', time: handed }),
    end: () => put({ kind: 'end', time: handed }),
    pending: () => size,
  };
}
