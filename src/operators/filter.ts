import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongFunction, type Naming } from './make.js';

/** Keeps the records for which `f` answers something true. */
export function filter<T>(input: StepInput, f: (value: T) => boolean, options?: Naming): TransformStep {
  return transform<T, T>(
    input,
    'filter',
    options,
    ({ data, watermark, idle, end }, { failed, out }) => ({
      data(value, time) {
        let keep: boolean;
        try {
          keep = f(value);
        } catch (cause) {
          return failed({ input: value, cause, time, attempts: 1 });
        }
        if (keep) {
          out.value++;
          data(value, time);
        }
      },
      watermark,
      idle,
      end,
    }),
    { problems: wrongFunction('the predicate', f) },
  );
}
