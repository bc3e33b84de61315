/** From the outputs of a job to its plan: every step once, upstream first, with ids and edges. */
import { inputsOf, type SinkStep, type Step, type StepInput } from './step.js';

/** A connection between two steps. */
export interface Edge {
  readonly from: Step;
  readonly output: string | undefined;
  readonly to: Step;
  /** Which input of `to`. */
  readonly index: number;
  readonly input: StepInput;
}

/** What a job consists of. */
export interface Plan {
  /** Upstream first; every step once, however many outputs share it. */
  readonly steps: readonly Step[];
  readonly outputs: readonly SinkStep[];
  idOf(step: Step): string;
  /** The edges out of a step; of its main output only if `output` is undefined. */
  below(step: Step, output: string | undefined): readonly Edge[];
  /** All edges out of a step. */
  edgesFrom(step: Step): readonly Edge[];
  /** Steps whose records reach these inputs without waiting in between (sources, asynchronous and keyed steps, sinks with rejects): what must not be served while what takes these inputs is full. */
  feeding(inputs: readonly StepInput[]): ReadonlySet<Step>;
  /** The steps that are compiled once per split of their source: those that give event time, and all above them. */
  readonly perSplit: ReadonlySet<Step>;
  /** The sources a step stands below. */
  sourcesOf(step: Step): ReadonlySet<Step>;
}

/** The plan of a job with these outputs. */
export function planOf(outputs: readonly SinkStep[]): Plan {
  const steps: Step[] = [];
  const seen = new Set<Step>();
  const edges = new Map<Step, Edge[]>();
  const visit = (start: Step): void => {
    // Depth first without recursion: plans made by loops may be long.
    const stack: { step: Step; next: number }[] = [{ step: start, next: 0 }];
    seen.add(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const inputs = inputsOf(top.step);
      const input = inputs[top.next];
      if (input === undefined) {
        steps.push(top.step);
        stack.pop();
        continue;
      }
      const list = edges.get(input.step) ?? [];
      list.push({ from: input.step, output: input.output, to: top.step, index: top.next, input });
      edges.set(input.step, list);
      top.next++;
      if (!seen.has(input.step)) {
        seen.add(input.step);
        stack.push({ step: input.step, next: 0 });
      }
    }
  };
  const unique = [...new Set(outputs)];
  for (const output of unique) if (!seen.has(output)) visit(output);

  const ids = identify(steps);
  const edgesFrom = (step: Step): readonly Edge[] => edges.get(step) ?? [];
  const perSplit = new Set<Step>();
  for (const step of steps) if (step.kind === 'transform' && step.timestamps === true) for (const above of chainAbove(step)) perSplit.add(above);
  const sources = new Map<Step, ReadonlySet<Step>>();
  for (const step of steps) sources.set(step, step.kind === 'source' ? new Set([step]) : new Set(inputsOf(step).flatMap(i => [...(sources.get(i.step) ?? [])])));
  return {
    steps,
    outputs: unique,
    idOf: step => ids.get(step) ?? step.operator,
    below: (step, output) => edgesFrom(step).filter(e => e.output === output),
    edgesFrom,
    feeding,
    perSplit,
    sourcesOf: step => sources.get(step) ?? new Set(),
  };
}

/** The name, or the operator with a number that only tells unnamed ones apart; never used to find state. */
function identify(steps: readonly Step[]): ReadonlyMap<Step, string> {
  const ids = new Map<Step, string>();
  const taken = new Set(steps.map(s => s.name));
  const counts = new Map<string, number>();
  for (const step of steps) {
    if (step.name !== undefined) {
      ids.set(step, step.name);
      continue;
    }
    let id: string;
    do {
      const n = (counts.get(step.operator) ?? 0) + 1;
      counts.set(step.operator, n);
      id = n === 1 ? step.operator : `${step.operator}-${n}`;
    } while (taken.has(id));
    taken.add(id);
    ids.set(step, id);
  }
  return ids;
}

/** A step and what stands above it, up to where event time cannot be told per split: its source, or RxJS code. */
function chainAbove(step: Step): readonly Step[] {
  const chain = [step];
  for (let at: Step = step; at.kind === 'transform' || at.kind === 'async'; at = at.input.step) {
    if (at.kind === 'async' && at.opaque === true) return [];
    if (at !== step) chain.push(at);
    if (at.input.step.kind === 'source') return [...chain, at.input.step];
  }
  return [];
}

function feeding(inputs: readonly StepInput[]): ReadonlySet<Step> {
  const found = new Set<Step>();
  const visited = new Set<Step>();
  const walk = (from: readonly StepInput[]): void => {
    for (const { step: above } of from) {
      if (visited.has(above)) continue;
      visited.add(above);
      if (above.kind !== 'transform' && above.kind !== 'merge') found.add(above);
      if (above.kind === 'transform' || above.kind === 'merge' || above.kind === 'keyed') walk(inputsOf(above));
    }
  };
  walk(inputs);
  return found;
}
