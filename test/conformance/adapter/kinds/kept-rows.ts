/** What an interval join keeps of each side, read from the state of the running job. */
import { memory, type StateBackend, type StateStore } from 'millrace';
import type { Case } from '../../case.js';
import type { Stage } from '../play.js';
import type { Units } from '../time.js';
import { STEP } from './join.js';

const SIDES = ['left', 'right'] as const;

/** State in memory that may be looked into, and the look, after the steps for which the case has one. */
export function keptRows({ expected }: Case, units: Units): Pick<Stage, 'state' | 'probe'> {
  const kept = memory();
  let store: StateStore | undefined;
  const state: StateBackend = {
    ...kept,
    async open(job, environment) {
      store = await kept.open(job, environment);
      return store;
    },
  };
  /** The time of each record: a side's are in tables by pieces of time, whose names begin with that of the side. */
  const timesOf = (side: string): readonly unknown[] => {
    const names = [...(store?.tables() ?? [])].filter(([step, name]) => step === STEP && name.startsWith(`${side} `)).map(([, name]) => name);
    return names.flatMap(name => [...(store?.table<readonly { readonly time: number }[]>(STEP, name).scan() ?? [])]).flatMap(([, , rows]) => rows.map(row => units.out(row.time)));
  };
  return { state, probe: (_, index) => (expected.some(({ after }) => after === index) ? [{ state: Object.fromEntries(SIDES.map(side => [side, timesOf(side)])) }] : []) };
}
