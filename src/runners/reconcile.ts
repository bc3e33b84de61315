/** Before a job goes on from a checkpoint: whether its plan still fits, and what the user lets go or renames. */
import { ConfigurationError } from '../core/errors.js';
import type { Manifest, StateStore } from '../core/state.js';
import type { Json } from '../core/values.js';
import { planChanges, planChangesText, planProblems, type PlanChange } from '../inspect/plan-changes.js';
import type { Plan } from '../plan/plan.js';
import type { Settings } from './options.js';

/** What a job goes on from. */
export interface Reconciled {
  readonly restored: Manifest | undefined;
  readonly changes: readonly PlanChange[];
}

/**
 * Compares, renames and drops; the changes become true with the next checkpoint, so a job that ends before it can be started again with the same options.
 * Throws a {@link ConfigurationError} with one problem per step that does not fit, and the whole comparison in its message.
 */
export function reconcile(plan: Plan, store: StateStore, settings: Pick<Settings, 'drop' | 'rename'>): Reconciled {
  const before = store.restored;
  if (before === undefined) return { restored: undefined, changes: [] };
  const tables = new Map<string, string[]>();
  for (const [step, name] of store.tables()) tables.set(step, [...(tables.get(step) ?? []), name]);
  const old = new Set([...before.plan.map(p => p.step), ...tables.keys()]);
  // What was renamed in an earlier run is not renamed again: a checkpoint has been taken since.
  const done = (from: string, to: string): boolean => !old.has(from) && old.has(to);
  const rename = Object.fromEntries(Object.entries(settings.rename).filter(([from, to]) => !done(from, to)));
  const changes = planChanges(before, plan, new Set(tables.keys()), { drop: settings.drop, rename });
  const problems = planProblems(changes, before, plan, rename);
  const drop = changes.filter(c => c.change === 'dropped').map(c => c.step);
  if (problems.length > 0) {
    const error = new ConfigurationError(problems);
    error.message += `\nCompared with checkpoint ${before.checkpoint}:\n${planChangesText(changes)}`;
    throw error;
  }
  for (const step of drop) for (const name of tables.get(step) ?? []) store.drop(step, name);
  for (const [from, to] of Object.entries(rename)) if (from !== to && !drop.includes(from)) store.rename(from, to);
  const kept = <V>(of: { readonly [step: string]: V }): { readonly [step: string]: V } => Object.fromEntries(Object.entries(of).flatMap(([step, value]) => (drop.includes(step) ? [] : [[rename[step] ?? step, value]])));
  const restored: Manifest = {
    ...before,
    plan: before.plan.filter(p => !drop.includes(p.step)).map(p => ({ ...p, step: rename[p.step] ?? p.step })),
    positions: kept(before.positions),
    watermarks: kept(before.watermarks),
    committables: kept<readonly Json[]>(before.committables),
  };
  return { restored, changes };
}
