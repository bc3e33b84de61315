/**
 * What became of the steps of a job since the checkpoint it is to go on from. Only what a step keeps matters: keyed state, positions of a source, transactions of a sink. A `map` comes and goes as it likes.
 */
import type { Problem } from '../core/errors.js';
import { sameValue } from '../core/same-value.js';
import type { Manifest } from '../core/state.js';
import type { Plan } from '../plan/plan.js';

/** One step, compared. */
export interface PlanChange {
  readonly step: string;
  /** `missing`: the checkpoint has it, the plan does not. `changed`: what is kept is not of the form this step keeps. These two are refused. */
  readonly change: 'kept' | 'migrated' | 'added' | 'renamed' | 'dropped' | 'missing' | 'changed';
  /** For people: what is kept, from which version to which, what differs. */
  readonly detail: string;
}

/** What the user allows. */
export interface Allowed {
  /** Steps that need not fit. What fits is kept all the same: the option may stay in a program that is started again and again. */
  readonly drop: readonly string[];
  /** Old name to new. */
  readonly rename: { readonly [from: string]: string };
}

/** Kinds of steps that keep something, and what. */
const KEEPS: { readonly [kind: string]: string } = { keyed: 'state', source: 'positions', sink: 'transactions' };

/** Every step that keeps something, now or in the checkpoint: those of the checkpoint first, in its order. `tables`: the steps that have state in the store. */
export function planChanges(before: Manifest, plan: Plan, tables: ReadonlySet<string>, { drop, rename }: Allowed): readonly PlanChange[] {
  const changes: PlanChange[] = [];
  const now = new Map(plan.steps.map(step => [plan.idOf(step), step]));
  const old = keptSteps(before, tables);
  const known = new Set(before.plan.map(p => p.step));
  const taken = new Set<string>();
  for (const [step, { kind, version, signature }] of old) {
    const name = rename[step] ?? step;
    const say = (change: PlanChange['change'], detail: string): void => void changes.push({ step, change, detail });
    const refuse = (detail: string): void => (drop.includes(step) ? say('dropped', `its ${KEEPS[kind] ?? 'state'}, as \`drop\` allows`) : say(now.has(name) ? 'changed' : 'missing', detail));
    const successor = now.get(name);
    if (successor === undefined) {
      refuse(`its ${KEEPS[kind] ?? 'state'} ${kind === 'keyed' ? 'belongs' : 'belong'} to no step of the plan`);
      continue;
    }
    taken.add(name);
    const renamed = name === step ? '' : `now "${name}"; `;
    if (successor.kind !== kind) refuse(`${renamed}it was a ${kind} step and is a ${successor.kind} step`);
    else if (successor.kind !== 'keyed') say(renamed === '' ? 'kept' : 'renamed', `${renamed}${KEEPS[kind] ?? ''}`);
    else {
      const { stage } = successor;
      const versions = `version ${version} to ${stage.version}`;
      if (version > stage.version) refuse(`${renamed}${versions}: an older program can not read what a newer one wrote`);
      else if (version < stage.version && stage.migrates !== true) refuse(`${renamed}${versions}, and the step has no \`migrate\``);
      else if (version < stage.version) say('migrated', `${renamed}${versions}`);
      else if (!sameValue(signature, stage.signature)) refuse(`${renamed}it was ${JSON.stringify(signature)} and is ${JSON.stringify(stage.signature)}`);
      else say(renamed === '' ? 'kept' : 'renamed', `${renamed}state of version ${version}`);
    }
  }
  for (const [name, step] of now) if (KEEPS[step.kind] !== undefined && !taken.has(name) && !known.has(name)) changes.push({ step: name, change: 'added', detail: `a ${step.kind} step without ${KEEPS[step.kind] ?? ''} so far` });
  return changes;
}

interface KeptStep {
  readonly kind: string;
  readonly version: number;
  readonly signature: Manifest['plan'][number]['signature'];
}

function keptSteps(before: Manifest, tables: ReadonlySet<string>): ReadonlyMap<string, KeptStep> {
  const found = new Map<string, KeptStep>();
  const known = new Map(before.plan.map(p => [p.step, p]));
  const add = (step: string, kind: string): void => {
    const { version = 0, signature = null } = known.get(step) ?? {};
    if (!found.has(step)) found.set(step, { kind: known.get(step)?.kind ?? kind, version, signature });
  };
  for (const { step, kind } of before.plan) if (kind === 'keyed' && tables.has(step)) add(step, kind);
  for (const step of tables) add(step, 'keyed');
  for (const [step, splits] of Object.entries(before.positions)) if (Object.keys(splits).length > 0) add(step, 'source');
  for (const [step, tokens] of Object.entries(before.committables)) if (tokens.length > 0) add(step, 'sink');
  return found;
}

const FIXES: { readonly [change: string]: string } = {
  missing: 'Bring the step back, say under which name it goes on (`rename`), or let what it kept go (`drop`).',
  changed: 'Bring the step back as it was, give it a new `version` and a `migrate`, give the new one another name, or let what it kept go (`drop`).',
};

/** Why a job must not go on from its checkpoint; every reason at once. */
export function planProblems(changes: readonly PlanChange[], before: Manifest, plan: Plan, rename: Allowed['rename']): readonly Problem[] {
  const problems: Problem[] = [];
  const old = new Set([...changes.map(c => c.step), ...before.plan.map(p => p.step)]);
  const now = new Set(plan.steps.map(plan.idOf));
  const refuse = (where: string, what: string, fix: string): void => void problems.push({ code: 'plan-changed', where, what, fix });
  for (const { step, change, detail } of changes) {
    const fix = FIXES[change];
    if (fix !== undefined) refuse(step, `${change}: ${detail}.`, fix);
  }
  const known = [...old].join(', ');
  for (const [from, to] of Object.entries(rename)) {
    if (!old.has(from)) refuse('run option rename', `the checkpoint has no step "${from}".`, `It has ${known}.`);
    if (!now.has(to)) refuse('run option rename', `the plan has no step "${to}".`, `It has ${[...now].join(', ')}.`);
    if (to !== from && changes.some(c => c.step === to && c.change !== 'added' && c.change !== 'dropped') && rename[to] === undefined) refuse('run option rename', `"${to}" has something kept of its own.`, 'Drop that, or rename it too.');
  }
  return problems;
}

/** One line per step, for people. */
export function planChangesText(changes: readonly PlanChange[]): string {
  const width = Math.max(...changes.map(c => c.change.length));
  return changes.map(({ step, change, detail }) => `  ${change.padEnd(width)}  ${step}: ${detail}`).join('\n');
}
