/** A state for each key, replaced by each record and handed on. */
import type { KeyedStage } from '../core/keyed.js';
import type { Key, Time } from '../core/values.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { keyed } from './keyed.js';
import { wrongFunction, type Naming } from './make.js';
import type { Running } from './running.js';

/** What `scan` knows of the record in hand. */
export interface ScanContext<out K> {
  readonly key: K;
  readonly time: Time;
}

/** A state that is a value, in an object. */
interface Cell {
  state: unknown;
}

export function scan<In, S>(input: StepInput, initial: (key: Key) => S, next: (state: S, value: In, context: ScanContext<Key>) => S, options: Naming | undefined): KeyedStep {
  const stage: KeyedStage<Running<Key, S>> = {
    version: 1,
    signature: { scan: 'per key' },
    open({ table, below, failed }) {
      const cells = table<Cell>('states');
      return {
        data(_input, key, value, time) {
          let state: S;
          try {
            const cell = cells.edit(key);
            state = next(cell === undefined ? initial(key) : (cell.state as S), value as In, { key, time }); // what this step put there; the fluent face has checked that the types meet
            if (cell === undefined) cells.set(key, { state });
            else cell.state = state;
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
          below.data({ key, value: state }, time);
        },
        timer: () => {},
      };
    },
  };
  return keyed([input], 'scan', stage, options, { problems: [...wrongFunction('the initial state', initial), ...wrongFunction('the step function', next)] });
}
