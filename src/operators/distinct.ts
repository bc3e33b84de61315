/**
 * The first record of each key within a span of event time. Firsts stand in tables by time, each as long as the span, which are dropped whole when the watermark has passed them, so that what is forgotten
 * costs nothing for each key. Two records in one such piece of time are always near enough; those in neighbouring pieces are compared.
 */
import { milliseconds, type Duration } from '../core/duration.js';
import type { KeyedStage } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import { missing, orNone, wrongDuration, type Naming } from './make.js';

/** How long a record keeps others of its key away. */
export interface DistinctOptions {
  /** Identity of the step and of its state. */
  readonly name: string;
  /** A record less than so much event time after (or, if it comes late, before) one that was let through is a duplicate. Duplicates do not lengthen it. */
  readonly within: Duration;
}

interface Piece {
  readonly firsts: StateTable<number>;
  readonly name: string;
}

export function distinct(input: StepInput, given: Naming & DistinctOptions): KeyedStep {
  const options = orNone<Partial<Naming & DistinctOptions>>(given);
  const span = milliseconds(options.within);
  const problems = [...missing('within', options.within), ...wrongDuration('within', options.within)];
  return keyed([input], 'distinct', distinctStage(span === undefined || span <= 0 ? 1 : span), options, { eventTime: true, detail: `within ${String(options.within)}`, problems });
}

function distinctStage(span: number): KeyedStage<unknown> {
  return {
    version: 1,
    signature: { distinct: span },
    open(context) {
      const { below } = context;
      const dropped = context.counter('dropped');
      const pieces = new Map<number, Piece>();
      const open = (number: number): Piece => {
        const name = `p${number}`;
        const piece = { name, firsts: context.table<number>(name) };
        pieces.set(number, piece);
        return piece;
      };
      for (const name of context.tables()) open(Number(name.slice(1)));
      return {
        data(_input, key, value, time) {
          const number = Math.floor(time / span);
          const here = pieces.get(number);
          const before = pieces.get(number - 1)?.firsts.get(key);
          if (here?.firsts.get(key) !== undefined || (before !== undefined && time - before < span)) {
            dropped.value++;
            return;
          }
          const after = pieces.get(number + 1)?.firsts.get(key);
          if (after !== undefined && after - time < span) {
            dropped.value++;
            return;
          }
          (here ?? open(number)).firsts.set(key, time);
          below.data(value, time);
        },
        timer: () => {},
        watermark(time) {
          for (const [number, { name }] of pieces) {
            // A record on time is no longer near any first in it.
            if ((number + 2) * span > time) continue;
            pieces.delete(number);
            context.drop(name);
          }
          return true;
        },
      };
    },
  };
}
