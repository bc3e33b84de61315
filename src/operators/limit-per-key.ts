/** At most so many records of a key per span of event time; the others go to a branch of their own. A token bucket for each key that starts full, and is forgotten when it is full again. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Time } from '../core/values.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import { missing, orNone, wrongCount, wrongDuration, type Naming } from './make.js';

/** How much of a key is let through. */
export interface LimitOptions {
  /** Identity of the step and of its state. */
  readonly name: string;
  readonly records: number;
  readonly per: Duration;
}

/** Side output of what was too much. */
export const LIMITED = 'limited';

interface Bucket {
  tokens: number;
  /** When it had so many: the largest time seen. */
  at: Time;
}

export function limitPerKey(input: StepInput, given: Naming & LimitOptions): KeyedStep {
  const options = orNone<Partial<Naming & LimitOptions>>(given);
  const { records = 1 } = options;
  const span = milliseconds(options.per) ?? 1;
  const problems = [...missing('records', options.records), ...wrongCount('records', options.records), ...missing('per', options.per), ...wrongDuration('per', options.per)];
  const stage: KeyedStage<unknown> = {
    version: 1,
    signature: { limit: records, per: span },
    open(context) {
      const { below } = context;
      const buckets = context.table<Bucket>('buckets');
      const timers = context.timers('event');
      const limited = context.side(LIMITED);
      const dropped = context.counter('dropped');
      return {
        data(_input, key, value, time) {
          let bucket = buckets.edit(key);
          if (bucket === undefined) {
            bucket = { tokens: records, at: time };
            buckets.set(key, bucket);
            timers.set(key, '', time + span);
          } else if (time > bucket.at) {
            bucket.tokens = Math.min(records, bucket.tokens + ((time - bucket.at) / span) * records);
            bucket.at = time;
          }
          // A rounding error must not cost a record its place.
          if (bucket.tokens < 1 - 1e-9) {
            dropped.value++;
            return limited.data(value, time);
          }
          bucket.tokens = Math.max(0, bucket.tokens - 1);
          below.data(value, time);
        },
        timer(key, _name, at) {
          const bucket = buckets.edit(key);
          if (bucket === undefined) return;
          // Empty at worst at the last record: full again a span later.
          const full = bucket.at + span;
          if (full <= at) return buckets.delete(key);
          timers.set(key, '', full);
        },
      };
    },
  };
  return keyed([input], 'rateLimit', stage, options, { eventTime: true, detail: `${records} per ${String(options.per)}`, problems });
}
