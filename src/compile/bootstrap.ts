/**
 * Inputs of a keyed step that are read to their current end before the others start (tables of a lookup): a gate keeps the others back until such an input has ended, is idle, or the reads of all its splits came
 * back empty once. The checkpoint remembers that it happened: a restored job does not wait again.
 */
import type { KeyedStep } from '../plan/step.js';
import type { Wiring } from './context.js';
import type { Entry } from './runtime.js';

export interface Bootstrap {
  /** An input that is read first: it does not count for the watermark. */
  first(input: number): boolean;
  /** Such an input has ended or is idle. */
  reached(input: number): void;
}

export function openBootstrap(step: KeyedStep, { runtime }: Wiring): Bootstrap {
  const waiting = new Set<number>();
  for (const [index, input] of step.inputs.entries()) if (input.bootstrap === true) waiting.add(index);
  const first = (input: number): boolean => step.inputs[input]?.bootstrap === true;
  if (waiting.size === 0) return { first, reached: () => {} };

  runtime.persist(
    runtime.plan.idOf(step),
    'bootstrap',
    () => waiting.size === 0,
    done => {
      if (done === true) waiting.clear();
    },
  );
  const gate = runtime.gate(
    step,
    undefined,
    step.inputs.filter(input => input.bootstrap !== true),
  );
  const empty = new Set<Entry>();
  const reached = (input: number): void => {
    if (!waiting.delete(input) || waiting.size > 0) return;
    runtime.onEmpty.delete(listener);
    gate.open();
    runtime.wake();
  };
  const listener = (entry: Entry): void => {
    empty.add(entry);
    for (const index of [...waiting]) {
      const input = step.inputs[index];
      const sources = input === undefined ? new Set() : runtime.plan.sourcesOf(input.step);
      if (sources.has(entry.step) && runtime.entries.every(e => e.kind !== 'split' || !sources.has(e.step) || empty.has(e))) reached(index);
    }
  };
  if (waiting.size > 0) {
    gate.close();
    runtime.onEmpty.add(listener);
  }
  return { first, reached };
}
