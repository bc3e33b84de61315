/**
 * Gives records their event time and the stream its watermark, per split. The watermark moves after every record, so that batch sizes and pauses are never seen in results.
 */
import { DataError, StepError } from '../core/errors.js';
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import type { WatermarkGenerator } from '../core/stage.js';
import type { Json, Time } from '../core/values.js';
import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongDuration, wrongFunction, type Naming } from './make.js';

/** How the watermark follows. */
export interface TimestampOptions<T> {
  /** Makes the generator of one split. */
  readonly watermark: () => WatermarkGenerator<T>;
  /** For `describe()`. */
  readonly kind: string;
  readonly disorder?: Duration | undefined;
  readonly idle?: Duration | undefined;
  readonly maxFuture?: Duration | undefined;
}

/** A time further ahead of the clock than this is an error of its record: one such record would make all others late. */
const DEFAULT_MAX_FUTURE = 365 * 86_400_000;

export function timestamps<T>(input: StepInput, of: (value: T) => Time | Date, settings: TimestampOptions<T>, options?: Naming): TransformStep {
  const idleAfter = settings.idle === undefined ? undefined : milliseconds(settings.idle);
  const ahead = settings.maxFuture === undefined ? DEFAULT_MAX_FUTURE : (milliseconds(settings.maxFuture) ?? 0);
  return transform<T, T>(
    input,
    'timestamps',
    options,
    (below, context) => {
      const { data, watermark } = below;
      const { clock } = context.environment;
      const generator = settings.watermark();
      /** A time up to this cannot move the watermark. */
      let still = Number.NEGATIVE_INFINITY;
      const bounded = generator.bound !== undefined;
      let last = Number.NEGATIVE_INFINITY;
      let idle = false;
      let latest = latestTime(clock.now() + ahead);
      /** Records that one record above gave while a watermark is unfinished. */
      let held: { readonly value: T; readonly time: Time }[] | undefined;

      context.persist(
        () => ({ generator: generator.save(), last: Number.isFinite(last) ? last : String(last) }),
        state => {
          const saved = state as { generator: Json; last: number | string }; // what the line above saved
          generator.restore(saved.generator);
          last = Number(saved.last);
        },
      );
      if (idleAfter !== undefined) {
        context.onQuiet(ms => {
          if (idle || ms < idleAfter) return;
          idle = true;
          below.idle();
        });
      }
      const resume = (): boolean => {
        if (!watermark(last)) return false;
        const waiting = held ?? [];
        held = undefined;
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          take(next.value, next.time);
          if (!isHeld()) continue;
          held = waiting;
          return false;
        }
        return true;
      };
      const isHeld = (): boolean => held !== undefined;
      /** The record has gone on already, so there is nothing to skip or to send elsewhere: the step itself is broken. */
      const generated = (value: T, time: Time): Time => {
        try {
          return generator.watermark();
        } catch (cause) {
          throw new StepError(context.step, cause, { input: value, time, origin: context.origin() });
        }
      };
      const take = (value: T, arrival: Time): void => {
        if (held !== undefined) {
          held.push({ value, time: arrival });
          return;
        }
        let time: Time | Date;
        try {
          time = of(value);
        } catch (cause) {
          return context.failed({ input: value, cause, time: arrival, attempts: 1 });
        }
        // As it came: a number that goes through an expression may be boxed again.
        if (typeof time === 'number' && time <= still && !idle && time !== Number.NEGATIVE_INFINITY) {
          data(value, time);
          return;
        }
        const at = typeof time === 'number' ? time : time instanceof Date ? time.getTime() : Number.NaN;
        if (!(at <= latest) || at === Number.NEGATIVE_INFINITY) {
          latest = latestTime(clock.now() + ahead);
          if (!(at <= latest) || at === Number.NEGATIVE_INFINITY) return context.failed({ input: value, cause: wrongTime(time, at, ahead), time: arrival, attempts: 1 });
        }
        if (bounded) still = at;
        try {
          generator.record(value, at);
        } catch (cause) {
          return context.failed({ input: value, cause, time: at, attempts: 1 });
        }
        data(value, at);
        const w = generated(value, at);
        if (w > last || idle) {
          // Awake again: said even if the watermark is the old one.
          idle = false;
          if (w > last) last = w;
          if (!watermark(last)) {
            held = [];
            context.unfinished(resume);
          }
        }
      };
      return {
        data: take,
        watermark(time) {
          if (time !== Number.POSITIVE_INFINITY) return true;
          last = time;
          return below.watermark(time);
        },
        idle() {
          idle = true;
          below.idle();
        },
        end: below.end,
      };
    },
    {
      timestamps: true,
      oneToOne: true,
      detail: `${settings.kind}${settings.disorder === undefined ? '' : ` ${durationText(milliseconds(settings.disorder) ?? Number.NaN)}`}${idleAfter === undefined ? '' : `, idle after ${durationText(idleAfter)}`}`,
      problems: [...wrongFunction('the timestamp', of), ...wrongDuration('disorder', settings.disorder, true), ...wrongDuration('idle', settings.idle), ...wrongDuration('maxFuture', settings.maxFuture, true)],
    },
  );
}

/** Even without a limit a time is finite. */
const latestTime = (time: Time): Time => Math.min(Number.MAX_VALUE, time);

function wrongTime(time: unknown, at: Time, ahead: number): DataError {
  if (typeof time !== 'number' && !(time instanceof Date)) return new DataError('timestamp', `The timestamp is ${time === null ? 'null' : typeof time}; give epoch milliseconds (a number) or a Date.`, time);
  if (!Number.isFinite(at)) return new DataError('timestamp', `The timestamp is ${at}; give finite epoch milliseconds.`, time);
  return new DataError('timestamp-future', `The timestamp ${at} is more than ${durationText(ahead)} ahead of the clock (\`maxFuture\`); one such record would make all others late.`, time);
}
