import type { StepInput, TransformStep } from '../plan/step.js';
import { transform, wrongFunction, type Naming } from './make.js';

/** One record in, any number out, at the same time. The iterable is read as the results go down; an error of its own ends this record's results, not what went before. */
export function flatMap<In, Out>(input: StepInput, f: (value: In) => Iterable<Out>, options?: Naming): TransformStep {
  return transform<In, Out>(
    input,
    'flatMap',
    options,
    ({ data, watermark, idle, end }, { failed, out }) => ({
      data(value, time) {
        let iterator: Iterator<Out>;
        let next: IteratorResult<Out>;
        try {
          iterator = f(value)[Symbol.iterator]();
          next = iterator.next();
        } catch (cause) {
          return failed({ input: value, cause, time, attempts: 1 });
        }
        while (next.done !== true) {
          try {
            out.value++;
            data(next.value, time);
          } catch (error) {
            // A failure from below passes through unchanged; the user's iterator is still released.
            try {
              iterator.return?.();
            } catch {
              // The failure that came first is the one to hear of.
            }
            throw error;
          }
          try {
            next = iterator.next();
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
        }
      },
      watermark,
      idle,
      end,
    }),
    { problems: wrongFunction('the mapping', f) },
  );
}
