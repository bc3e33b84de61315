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
  /** A record for each time under which one stands. */
  const timesOf = (side: string): readonly unknown[] => [...(store?.table<readonly unknown[]>(STEP, side).scan() ?? [])].flatMap(([, time, rows]) => rows.map(() => units.out(Number(time))));
  return { state, probe: (_, index) => (expected.some(({ after }) => after === index) ? [{ state: Object.fromEntries(SIDES.map(side => [side, timesOf(side)])) }] : []) };
}
