/** Records that differ from the one before them with the same key. */
import type { KeyedStage } from '../core/keyed.js';
import { copyOf } from '../core/plain.js';
import { sameValue } from '../core/same-value.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import { wrongFunction, type Naming } from './make.js';

/** What is compared. */
export interface ChangesOptions<in T> {
  /** Identity of the step and of its state. */
  readonly name: string;
  /** The part of a record that counts; plain data. Default: all of it. */
  readonly of?: ((value: T) => unknown) | undefined;
}

const PLACE = (): string => 'what `changes` compares';

interface Cell {
  last: unknown;
}

export function changes<T>(input: StepInput, options: Naming & ChangesOptions<T>): KeyedStep {
  const of = options.of ?? ((value: T): unknown => value);
  const stage: KeyedStage<T> = {
    version: 1,
    signature: { changes: 'per key' },
    open({ table, below, failed, counter }) {
      const cells = table<Cell>('last');
      const dropped = counter('dropped');
      return {
        data(_input, key, element, time) {
          const value = element as T; // the fluent face has checked that the types meet
          try {
            const part = of(value);
            const cell = cells.edit(key);
            if (cell !== undefined && sameValue(cell.last, part)) {
              dropped.value++;
              return;
            }
            // The record goes on, and whoever has it may change it.
            const last = copyOf(part, PLACE);
            if (cell === undefined) cells.set(key, { last });
            else cell.last = last;
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
          below.data(value, time);
        },
        timer: () => {},
      };
    },
  };
  return keyed([input], 'changes', stage, options, { problems: options.of === undefined ? [] : wrongFunction('option `of`', options.of) });
}
