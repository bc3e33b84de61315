/**
 * Where things from outside a turn (a promise, an RxJS operator, a rejected write) wait for the runner. Bounded: past the bound `offer` answers `false`,
 * and whoever offers must wait for `onReady`.
 */
import type { Port } from '../core/port.js';
import type { Failure, Inlet, OriginCell } from '../core/stage.js';
import { StepError } from '../core/errors.js';
import type { Time } from '../core/values.js';
import type { Step } from '../plan/step.js';
import { postpone, type Entry, type Runtime } from './runtime.js';

type Item =
  | { readonly kind: 'data'; readonly value: unknown; readonly time: Time; readonly origin: OriginCell | undefined }
  | { readonly kind: 'watermark'; time: Time }
  | { readonly kind: 'idle' }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'abort'; readonly cause: unknown };

/** An inlet and its entry; `below` is the step's output with its sides. */
export function openInlet(options: {
  readonly runtime: Runtime;
  readonly step: Step;
  readonly split: string | undefined;
  readonly below: Port<unknown>;
  readonly bound: number;
  failed(failure: Failure): void;
}): { readonly inlet: Inlet<unknown>; readonly entry: Entry } {
  const { runtime, below, bound } = options;
  let queue: Item[] = [];
  let head = 0;
  let waiting: (() => void) | undefined;

  const push = (item: Item): void => {
    queue.push(item);
    runtime.soon();
  };
  const depth = (): number => queue.length - head;
  const handOn = (item: Item): void => {
    switch (item.kind) {
      case 'data':
        runtime.origin = item.origin;
        below.data(item.value, item.time);
        return;
      case 'watermark': {
        const { time } = item;
        runtime.origin = undefined;
        if (!below.watermark(time)) postpone(entry, () => below.watermark(time));
        return;
      }
      case 'idle':
        return below.idle();
      case 'end':
        return below.end();
      case 'failure':
        runtime.origin = undefined;
        return options.failed(item.failure);
      case 'abort':
        throw new StepError(runtime.plan.idOf(options.step), item.cause);
    }
  };
  const halt = { n: 0 };
  const entry: Entry = {
    step: options.step,
    split: options.split,
    kind: 'inlet',
    blocked: 0,
    halt,
    unfinished: undefined,
    depth,
    serve() {
      if (head >= queue.length) return false;
      while (head < queue.length && halt.n === 0) {
        const item = queue[head++];
        if (head > 1_024 && head * 2 > queue.length) {
          queue = queue.slice(head);
          head = 0;
        }
        if (item !== undefined) handOn(item);
        if (waiting !== undefined && depth() < bound) {
          const resume = waiting;
          waiting = undefined;
          resume();
        }
        if (!runtime.pace.go()) break;
      }
      if (head === queue.length && head > 0) {
        queue.length = 0;
        head = 0;
      }
      return true;
    },
  };
  runtime.addEntry(entry);
  runtime.meter(options.step).queues.push({ depth, bound });

  const inlet: Inlet<unknown> = {
    offer(value, time, origin) {
      push({ kind: 'data', value, time, origin });
      return depth() < bound;
    },
    watermark(time) {
      const last = head < queue.length ? queue.at(-1) : undefined;
      if (last?.kind === 'watermark') last.time = Math.max(last.time, time);
      else push({ kind: 'watermark', time });
    },
    idle: () => push({ kind: 'idle' }),
    end: () => push({ kind: 'end' }),
    fail: failure => push({ kind: 'failure', failure }),
    abort: cause => push({ kind: 'abort', cause }),
    ready: () => depth() < bound,
    onReady(resume) {
      if (depth() < bound) resume();
      else waiting = resume;
    },
  };
  return { inlet, entry };
}
