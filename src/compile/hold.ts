/** A stage may hold the readers of one of its inputs. While a checkpoint is on its way nobody is held: batches that are begun must come to their end. */
import type { InputControl } from '../core/keyed.js';
import type { StepInput, KeyedStep } from '../plan/step.js';
import type { InputTime } from './minimum.js';
import type { Runtime } from './runtime.js';

export function inputControl(step: KeyedStep, input: StepInput, time: InputTime, runtime: Runtime): InputControl {
  const gate = runtime.gate(step, undefined, [input]);
  const sources = runtime.plan.sourcesOf(input.step);
  const others = step.inputs.filter(other => other !== input);
  let wanted = false;
  let released = false;
  const turn = (): void => {
    if (wanted && !released) return gate.close();
    gate.open();
    runtime.wake();
  };
  runtime.releases.push(now => {
    released = now;
    if (wanted) turn();
  });
  return {
    watermark: () => time.watermark,
    shared: others.some(other => [...runtime.plan.sourcesOf(other.step)].some(source => sources.has(source))),
    hold(waiting) {
      if (waiting === wanted) return;
      wanted = waiting;
      turn();
    },
  };
}
