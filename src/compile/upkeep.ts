/** Work on its own state that a step does between records, a little at a time: no checkpoint waits for it, and neither does the end of the job. */
import type { Step } from '../plan/step.js';
import type { Entry, Runtime } from './runtime.js';

/** `work` does a little, and answers whether something is left; what it does now is in the next checkpoint. */
export function upkeep(step: Step, work: () => boolean, runtime: Runtime): Entry {
  let going = true;
  return {
    step,
    split: undefined,
    kind: 'upkeep',
    blocked: 0,
    halt: { n: 0 },
    unfinished: undefined,
    depth: () => 0,
    serve() {
      if (!going || runtime.pausing) return false;
      going = work();
      return true;
    },
  };
}
