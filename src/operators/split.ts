/** Two streams from one predicate, asked once per record: the main output has what it accepts, the side output the rest. */
import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongFunction, type Naming } from './make.js';

/** Name of the side output for what the predicate does not accept. */
export const OTHERS = 'others';

export function split<T>(input: StepInput, f: (value: T) => boolean, options?: Naming): TransformStep {
  return transform<T, T>(
    input,
    'split',
    options,
    ({ data, watermark, idle, end }, { failed, side, out }) => {
      const others = side(OTHERS).data;
      return {
        data(value, time) {
          let accepted: boolean;
          try {
            accepted = f(value);
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
          if (accepted) out.value++;
          (accepted ? data : others)(value, time);
        },
        watermark,
        idle,
        end,
      };
    },
    { problems: wrongFunction('the predicate', f) },
  );
}
