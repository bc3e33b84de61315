/** Running aggregates: after each record what its key comes to so far. */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Key } from '../core/values.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import type { Naming } from './make.js';

/** What a key comes to. */
export interface Running<out K, out R> {
  readonly key: K;
  readonly value: R;
}

/** The accumulator stands in an object, so that it is changed in place whatever it is. */
interface Cell<Acc> {
  acc: Acc;
}

export function running<In, Acc, Out>(input: StepInput, aggregate: Aggregate<In, Acc, Out>, options: Naming | undefined): KeyedStep {
  const stage: KeyedStage<Running<Key, Out>> = {
    version: 1,
    signature: { running: aggregate.name },
    open({ table, below, failed, policy }) {
      const cells = table<Cell<Acc>>('accumulators');
      const careful = policy !== 'fail';
      return {
        data(_input, key, value, time) {
          let result: Out;
          try {
            const cell = cells.edit(key);
            // Half an addition cannot be taken back: where the step goes on after a failure it is made on a copy.
            const before = cell === undefined ? aggregate.zero() : careful ? aggregate.merge(aggregate.zero(), cell.acc) : cell.acc;
            const acc = aggregate.add(before, value as In, time); // the fluent face has checked that the types meet
            result = aggregate.result(acc);
            if (cell === undefined) cells.set(key, { acc });
            else cell.acc = acc;
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
          below.data({ key, value: result }, time);
        },
        timer: () => {},
      };
    },
  };
  return keyed([input], 'aggregate', stage, options, { detail: aggregate.name, problems: (aggregate.problems ?? []).map(what => ({ code: 'aggregate', where: '', what, fix: '' })) });
}
