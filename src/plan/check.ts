/** What is wrong with a plan, all of it at once, before anything runs. */
import type { Problem } from '../core/errors.js';
import type { Plan } from './plan.js';
import { inputsOf, type KeyedStep, type Step } from './step.js';

/** All problems of a plan. `named`: the state of its steps outlives the process, so all that keep any have to be named. */
export function check(plan: Plan, named: boolean): readonly Problem[] {
  const problems: Problem[] = [];
  if (plan.outputs.length === 0) problems.push({ code: 'no-output', where: 'run', what: 'no output was given.', fix: 'End at least one stream in `to(sink)` and pass what it returns.' });
  for (const step of plan.steps) problems.push(...(step.problems ?? []).map(p => ({ ...p, where: p.where === '' ? plan.idOf(step) : p.where })));
  problems.push(...duplicateNames(plan));
  for (const step of plan.steps) {
    if (step.kind === 'transform' && step.timestamps === true) problems.push(...misplacedTimestamps(plan, step));
    if (step.kind === 'keyed' && step.eventTime === true) problems.push(...lostEventTime(plan, step));
    if (step.kind === 'keyed') problems.push(...sharedBootstrap(plan, step));
    if (step.kind === 'merge' && step.sequential) problems.push(...sharedHistory(plan, step));
  }
  return [...problems, ...missingNames(plan, named)];
}

/** Steps that keep something beyond the life of the process: by themselves, whatever becomes of the state (transactions, ledgers, logs). */
export const durableSteps = (plan: Plan): readonly Step[] => plan.steps.filter(keepsByItself);

/** Steps without a name that are found again by it: those that keep something durable by themselves; with `all`, whoever has a part in a checkpoint. */
export function missingNames(plan: Plan, all: boolean): readonly Problem[] {
  return plan.steps
    .filter(step => step.name === undefined && (keepsByItself(step) || (all && (step.kind === 'keyed' || step.kind === 'sink' || step.kind === 'source'))))
    .map(step => ({ code: 'unnamed-step', where: plan.idOf(step), what: 'keeps something durable but has no name.', fix: 'Give it `{ name }`: names are how it is found again.' }));
}

function keepsByItself(step: Step): boolean {
  if (step.kind === 'sink') return step.sink.durable ?? step.sink.guarantee === 'transactional';
  return step.kind === 'source' && step.source.durable === true;
}

function duplicateNames(plan: Plan): readonly Problem[] {
  const seen = new Map<string, number>();
  for (const { name } of plan.steps) if (name !== undefined) seen.set(name, (seen.get(name) ?? 0) + 1);
  return [...seen]
    .filter(([, times]) => times > 1)
    .map(([name, times]) => ({ code: 'duplicate-name', where: name, what: `${times} steps have this name.`, fix: 'Names are identity within a job: rename all but one.' }));
}

/** Event time must be told per split; above a merge or a keyed step there is no split any more. */
function misplacedTimestamps(plan: Plan, step: Step): readonly Problem[] {
  for (let at = step; ; ) {
    const above = inputsOf(at)[0]?.step;
    if (above === undefined || above.kind === 'source' || (above.kind === 'async' && above.opaque === true)) return [];
    if (above.kind === 'merge' || above.kind === 'keyed' || above.kind === 'sink')
      return [
        {
          code: 'timestamps-below-' + above.kind,
          where: plan.idOf(step),
          what: `stands below "${plan.idOf(above)}", where the splits of its sources can no longer be told apart.`,
          fix: above.kind === 'merge' ? 'Call `timestamps` on each input before merging them.' : 'Call `timestamps` above it; its results carry event time already.',
        },
      ];
    at = above;
  }
}

/** RxJS code has no event time. */
function lostEventTime(plan: Plan, step: Step): readonly Problem[] {
  const found = new Map<Step, Problem>();
  const seen = new Set<Step>();
  const walk = (at: Step): void => {
    for (const { step: above } of inputsOf(at)) {
      if (seen.has(above) || (above.kind === 'transform' && above.timestamps === true)) continue;
      seen.add(above);
      if (above.kind === 'async' && above.opaque === true)
        found.set(above, { code: 'no-event-time', where: plan.idOf(step), what: `needs event time, but stands below "${plan.idOf(above)}" (RxJS operators), where there is none.`, fix: 'Call `timestamps` between the two.' });
      else walk(above);
    }
  };
  walk(step);
  return [...found.values()];
}

/** One source cannot be read to its end and then again. */
function sharedHistory(plan: Plan, step: Step): readonly Problem[] {
  const seen = new Set<Step>();
  for (const { step: above } of inputsOf(step)) {
    for (const source of plan.sourcesOf(above)) {
      if (seen.has(source)) return [{ code: 'concat-shared-source', where: plan.idOf(step), what: `two of its inputs read "${plan.idOf(source)}", which cannot be read to its end for one and from its beginning for the other in one pass.`, fix: 'Use `merge`, or two sources.' }];
    }
    for (const source of plan.sourcesOf(above)) seen.add(source);
  }
  return [];
}

/** What a table read first reads cannot be kept back from the streams that wait for it. */
function sharedBootstrap(plan: Plan, step: KeyedStep): readonly Problem[] {
  const first = new Set(step.inputs.filter(input => input.bootstrap === true).flatMap(input => [...plan.sourcesOf(input.step)]));
  const others = step.inputs.filter(input => input.bootstrap !== true).flatMap(input => [...plan.sourcesOf(input.step)]);
  const shared = others.find(source => first.has(source));
  return shared === undefined ? [] : [{ code: 'bootstrap-shared-source', where: plan.idOf(step), what: `its table with \`bootstrap\` and its stream both read "${plan.idOf(shared)}", which cannot be read to its end for one before it is read for the other.`, fix: 'Leave out `bootstrap`, or use two sources.' }];
}
