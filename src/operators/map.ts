import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongFunction, type Naming } from './make.js';

/** One record in, one out, at the same time. */
export function map<In, Out>(input: StepInput, f: (value: In) => Out, options?: Naming): TransformStep {
  return transform<In, Out>(
    input,
    'map',
    options,
    ({ data, watermark, idle, end }, { failed }) => ({
      data(value, time) {
        let result: Out;
        try {
          result = f(value);
        } catch (cause) {
          return failed({ input: value, cause, time, attempts: 1 });
        }
        data(result, time);
      },
      watermark,
      idle,
      end,
    }),
    { oneToOne: true, problems: wrongFunction('the mapping', f) },
  );
}
