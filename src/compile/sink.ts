/**
 * The port of a sink: batches for the writer, one write at a time, a bound, and a gate that closes while the bound is reached.
 * Synchronous writers (`accept`) get each record at once.
 */
import { MillraceError } from '../core/errors.js';
import { isPromise } from '../core/maybe.js';
import type { Port } from '../core/port.js';
import { retryDelay } from '../core/retry.js';
import type { FailedWrite, SinkWriter } from '../core/sink.js';
import type { Inlet } from '../core/stage.js';
import type { Time } from '../core/values.js';
import { REJECTED, type SinkStep } from '../plan/step.js';
import { failureHandler, type Wiring } from './context.js';
import { openInlet } from './inlet.js';
import { counterOf } from './meter.js';

/** Records per write, and the most that wait while one is under way. */
export const SINK_BATCH = 1_024;

/** What the runner does with a sink besides handing it records. */
export interface OpenSink {
  readonly step: SinkStep;
  readonly writer: SinkWriter<unknown>;
  readonly port: Port<unknown>;
  /** Writes what waits, even if it is less than a batch. */
  push(): void;
  /** Nothing waits and nothing is under way. */
  idle(): boolean;
  /** All input has ended and been written. */
  ended(): boolean;
  readonly guarantee: SinkStep['sink']['guarantee'];
}

export function openSink(step: SinkStep, writer: SinkWriter<unknown>, wiring: Wiring, changed: () => void): OpenSink {
  const { runtime } = wiring;
  const meter = runtime.meter(step);
  const counter = meter.in[0] ?? { value: 0 };
  const gate = runtime.gate(step, undefined);
  const failed = failureHandler(wiring);
  const retries = counterOf(meter, 'retries');
  const { clock, signal } = runtime.environment;
  const branch = wiring.sides.get(REJECTED);
  const inlet: Inlet<unknown> = openInlet({ runtime, step, split: undefined, below: branch ?? { data: () => {}, watermark: () => true, idle: () => {}, end: () => {} }, bound: SINK_BATCH, failed }).inlet;

  let values: unknown[] = new Array<unknown>(SINK_BATCH);
  /** Times are written out only from the first record on whose time differs: most batches of a source without event time have one time. */
  let times: Time[] | undefined;
  let time0 = 0;
  let size = 0;
  let writing = false;
  let handed = Number.NEGATIVE_INFINITY;
  let passed = Number.NEGATIVE_INFINITY;
  let ending = false;
  let ended = false;
  meter.queues.push({ depth: () => size, bound: SINK_BATCH });

  /** A record of a sink that fails the job was not written: nothing that came behind it is written before it. */
  let failing = false;
  const rejectAll = (cause: unknown, from: readonly unknown[], at: readonly Time[], attempts: number): void => {
    failing = step.policy === 'fail';
    if (failing) return inlet.abort(cause);
    from.forEach((input, i) => inlet.fail({ input, cause, time: at[i] ?? handed, attempts }));
  };
  const rejectSome = (list: readonly FailedWrite[], from: readonly unknown[], at: readonly Time[]): void => {
    failing = step.policy === 'fail' && list.length > 0;
    for (const { index, cause } of list) {
      if (!(index in from)) return inlet.abort(new MillraceError('sink-index', `The sink said that record ${index} of a batch of ${from.length} failed; there is no such record.`, { cause }));
      inlet.fail({ input: from[index], cause, time: at[index] ?? handed, attempts: 1 });
    }
  };
  const settle = (upTo: Time): void => {
    if (failing) return; // still writing, for ever
    writing = false;
    if (branch !== undefined && upTo > passed) {
      passed = upTo;
      inlet.watermark(upTo);
    }
    if (size >= SINK_BATCH) write();
    if (size < SINK_BATCH) gate.open();
    if (size > 0) changed();
    else if (ending && !writing && !ended) {
      ended = true;
      if (branch !== undefined) {
        inlet.watermark(Number.POSITIVE_INFINITY);
        inlet.end();
      }
    }
    runtime.wake();
  };
  const attempt = (from: readonly unknown[], at: readonly Time[], upTo: Time, tries: number): void => {
    const fail = (cause: unknown): void => {
      if (tries < (step.retry?.attempts ?? 1) && step.retry !== undefined && !signal.aborted) {
        retries.value++;
        clock.sleep(retryDelay(step.retry, tries, runtime.environment.random), signal).then(
          () => attempt(from, at, upTo, tries + 1),
          () => {},
        );
        return;
      }
      rejectAll(cause, from, at, tries);
      settle(upTo);
    };
    let answer;
    try {
      answer = writer.write(from, at);
    } catch (cause) {
      return fail(cause);
    }
    if (isPromise(answer)) {
      Promise.resolve(answer).then(list => {
        if (Array.isArray(list)) rejectSome(list, from, at);
        settle(upTo);
      }, fail);
    } else {
      if (Array.isArray(answer)) rejectSome(answer, from, at);
      settle(upTo);
    }
  };
  const write = (): void => {
    const from = values;
    if (from.length > size) from.length = size;
    const at = times ?? new Array<Time>(size).fill(time0);
    values = new Array<unknown>(SINK_BATCH);
    times = undefined;
    size = 0;
    writing = true;
    counter.value += from.length;
    attempt(from, at, handed, 1);
  };

  const accept = writer.accept?.bind(writer);
  const data: Port<unknown>['data'] =
    accept !== undefined
      ? (value, time) => {
          counter.value++;
          try {
            accept(value, time);
          } catch (cause) {
            failed({ input: value, cause, time, attempts: 1 });
          }
        }
      : (value, time) => {
          if (size === 0) {
            time0 = time;
            changed();
          } else if (times !== undefined) times.push(time);
          else if (time !== time0) {
            times = new Array<Time>(size).fill(time0);
            times.push(time);
          }
          values[size++] = value;
          if (size >= SINK_BATCH) {
            if (writing) gate.close();
            else write();
          }
        };

  return {
    step,
    writer,
    guarantee: step.sink.guarantee,
    port: {
      data,
      watermark(time) {
        meter.idle = false;
        if (time <= handed) return true;
        handed = time;
        meter.watermark = time;
        if (branch !== undefined && !writing && size === 0 && time > passed) {
          passed = time;
          inlet.watermark(time);
        }
        return true;
      },
      idle: () => {
        meter.idle = true;
      },
      end() {
        ending = true;
        if (size > 0 && !writing) write();
        else if (!writing) settle(handed);
      },
    },
    push() {
      if (size > 0 && !writing) write();
    },
    idle: () => size === 0 && !writing,
    ended: () => ended,
  };
}
