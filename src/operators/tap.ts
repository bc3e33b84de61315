import type { Time } from '../core/values.js';
import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongFunction, type Naming } from './make.js';

/** Looks at each record and its time, and hands it on unchanged. */
export function tap<T>(input: StepInput, f: (value: T, time: Time) => void, options?: Naming): TransformStep {
  return transform<T, T>(
    input,
    'tap',
    options,
    ({ data, watermark, idle, end }, { failed }) => ({
      data(value, time) {
        try {
          f(value, time);
        } catch (cause) {
          return failed({ input: value, cause, time, attempts: 1 });
        }
        data(value, time);
      },
      watermark,
      idle,
      end,
    }),
    { oneToOne: true, problems: wrongFunction('the function', f) },
  );
}
