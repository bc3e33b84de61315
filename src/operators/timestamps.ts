/**
 * Gives records their event time and the stream its watermark, per split. The watermark moves after every record, so that batch sizes and pauses are never seen in results.
 */
import { DataError, StepError, type Problem } from '../core/errors.js';
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import type { IdleRules } from '../core/idle.js';
import type { Aligned, WatermarkGenerator } from '../core/stage.js';
import type { Json, Time } from '../core/values.js';
import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongDuration, wrongFunction, wrongIdleRules, type Naming } from './make.js';

/** How the watermark follows. */
export interface TimestampOptions<T> {
  /** Makes the generator of one split. */
  readonly watermark: () => WatermarkGenerator<T>;
  /** For `describe()`. */
  readonly kind: string;
  readonly disorder?: Duration | undefined;
  readonly idle?: Duration | undefined;
  readonly maxFuture?: Duration | undefined;
  readonly maxDrift?: Duration | undefined;
  readonly alignWith?: string | undefined;
  readonly progress?: Duration | undefined;
  /** Problems of the factory, if it has any. */
  readonly problems?: readonly string[] | undefined;
  readonly idleness?: IdleRules | undefined;
}

/** A time further ahead of the clock than this is an error of its record: one such record would make all others late. */
const DEFAULT_MAX_FUTURE = 365 * 86_400_000;

export function timestamps<T>(input: StepInput, of: (value: T) => Time | Date, settings: TimestampOptions<T>, options?: Naming): TransformStep {
  const idleAfter = settings.idle === undefined ? undefined : milliseconds(settings.idle);
  const silentFor = settings.progress === undefined ? undefined : milliseconds(settings.progress);
  const drift = settings.maxDrift === undefined ? undefined : milliseconds(settings.maxDrift);
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
      const aligned: Aligned | undefined = drift === undefined ? undefined : context.align(drift, settings.alignWith);
      if (Number.isFinite(last)) aligned?.advance(last);
      /** Hands the watermark on, where it moved without a record or after one. */
      const move = (w: Time): void => {
        // Awake again: said even if the watermark is the old one.
        idle = false;
        if (w > last) last = w;
        aligned?.advance(last);
        if (watermark(last)) return;
        held = [];
        context.unfinished(resume);
      };
      if (idleAfter !== undefined || silentFor !== undefined) {
        context.onQuiet(ms => {
          if (idle || held !== undefined) return;
          if (idleAfter !== undefined && ms >= idleAfter) {
            idle = true;
            aligned?.idle();
            return below.idle();
          }
          if (silentFor === undefined || ms < silentFor) return;
          const w = generated(undefined, last) + ms;
          if (w > last) move(w);
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
      const generated = (value: T | undefined, time: Time): Time => {
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
        if (w > last || idle) move(w);
      };
      return {
        data: take,
        watermark(time) {
          if (time !== Number.POSITIVE_INFINITY) return true;
          last = time;
          aligned?.advance(time);
          return below.watermark(time);
        },
        idle() {
          idle = true;
          aligned?.idle();
          below.idle();
        },
        end: below.end,
      };
    },
    {
      timestamps: true,
      oneToOne: true,
      idleness: settings.idleness,
      detail: detailOf(settings),
      problems: [...wrongFunction('the timestamp', of), ...wrongSettings(settings)],
    },
  );
}

function detailOf({ kind, disorder, idle, maxDrift, progress }: TimestampOptions<never>): string {
  const text = (duration: Duration): string => durationText(milliseconds(duration) ?? Number.NaN);
  return [
    `${kind}${disorder === undefined ? '' : ` ${text(disorder)}`}`,
    ...(idle === undefined ? [] : [`idle after ${text(idle)}`]),
    ...(maxDrift === undefined ? [] : [`at most ${text(maxDrift)} apart`]),
    ...(progress === undefined ? [] : [`with the clock after ${text(progress)} of silence`]),
  ].join(', ');
}

const wrongSettings = (settings: TimestampOptions<never>): readonly Problem[] => [
  ...wrongDuration('disorder', settings.disorder, true),
  ...wrongDuration('idle', settings.idle),
  ...wrongDuration('maxFuture', settings.maxFuture, true),
  ...wrongDuration('maxDrift', settings.maxDrift, true),
  ...wrongDuration('progress', settings.progress),
  ...wrongIdleRules(settings.idleness),
  ...(settings.problems ?? []).map(what => ({ code: 'option', where: '', what: `option \`watermark\`: ${what}`, fix: 'See the generator.' })),
];

/** Even without a limit a time is finite. */
const latestTime = (time: Time): Time => Math.min(Number.MAX_VALUE, time);

function wrongTime(time: unknown, at: Time, ahead: number): DataError {
  if (typeof time !== 'number' && !(time instanceof Date)) return new DataError('timestamp', `The timestamp is ${time === null ? 'null' : typeof time}; give epoch milliseconds (a number) or a Date.`, time);
  if (!Number.isFinite(at)) return new DataError('timestamp', `The timestamp is ${at}; give finite epoch milliseconds.`, time);
  return new DataError('timestamp-future', `The timestamp ${at} is more than ${durationText(ahead)} ahead of the clock (\`maxFuture\`); one such record would make all others late.`, time);
}
