/** At most so many records per span of time, in order; what comes faster waits, and so does the source. A token bucket that starts full. */
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import type { OriginCell } from '../core/stage.js';
import type { Time } from '../core/values.js';
import type { AsyncStep, StepInput } from '../plan/step.js';
import { asynchronous, missing, orNone, wrongCount, wrongDuration, type Naming } from './make.js';

/** How much `rateLimit` lets through. */
export interface RateLimitOptions {
  readonly records: number;
  readonly per: Duration;
}

/** Records that wait here before the source does. */
const BOUND = 64;

export function rateLimit<T>(input: StepInput, given: RateLimitOptions, options?: Naming): AsyncStep {
  const how = orNone(given);
  const per = milliseconds(how.per) ?? 1;
  return asynchronous<T, T>(
    input,
    'rateLimit',
    options,
    (inlet, context) => {
      const { clock, signal } = context.environment;
      const queue: ({ readonly kind: 'data'; readonly value: T; readonly time: Time; readonly origin: OriginCell | undefined } | { readonly kind: 'watermark' | 'idle' | 'end'; time: Time })[] = [];
      let waitingRecords = 0;
      let tokens = how.records;
      let filled = clock.monotonic();
      let sleeping = false;

      const refill = (): void => {
        const now = clock.monotonic();
        tokens = Math.min(how.records, tokens + ((now - filled) / per) * how.records);
        filled = now;
      };
      const drain = (): void => {
        refill();
        for (let next = queue[0]; next !== undefined; next = queue[0]) {
          if (next.kind === 'data') {
            // A rounding error must not make it sleep for nothing.
            if (tokens < 1 - 1e-9) {
              sleep();
              break;
            }
            tokens = Math.max(0, tokens - 1);
            waitingRecords--;
            // First: what is offered may wake the runner, which comes back here.
            queue.shift();
            inlet.offer(next.value, next.time, next.origin);
            continue;
          }
          queue.shift();
          if (next.kind === 'watermark') inlet.watermark(next.time);
          else if (next.kind === 'idle') inlet.idle();
          else inlet.end();
        }
        if (!inlet.ready()) inlet.onReady(drain);
        if (waitingRecords < BOUND && inlet.ready()) {
          context.gate.open();
          // What was offered woke the runner while the gate was closed still.
          context.wake();
        } else context.gate.close();
      };
      const sleep = (): void => {
        if (sleeping) return;
        sleeping = true;
        clock.sleep(Math.ceil(((1 - tokens) * per) / how.records), signal).then(
          () => {
            sleeping = false;
            drain();
          },
          () => {},
        );
      };
      return {
        data(value, time) {
          queue.push({ kind: 'data', value, time, origin: context.captureOrigin() });
          waitingRecords++;
          if (sleeping) {
            if (waitingRecords >= BOUND) context.gate.close();
          } else drain();
        },
        watermark(time) {
          const last = queue.at(-1);
          if (last?.kind === 'watermark') last.time = time;
          else queue.push({ kind: 'watermark', time });
          if (!sleeping) drain();
          return true;
        },
        idle() {
          queue.push({ kind: 'idle', time: 0 });
          if (!sleeping) drain();
        },
        end() {
          queue.push({ kind: 'end', time: 0 });
          if (!sleeping) drain();
        },
        pending: () => waitingRecords,
      };
    },
    { detail: `${how.records} per ${durationText(per)}`, problems: [...missing('records', how.records), ...missing('per', how.per), ...wrongCount('records', how.records), ...wrongDuration('per', how.per)] },
  );
}
