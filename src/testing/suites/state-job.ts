/** A job on the state backend under test, as the cases of its suite see it. */
import type { Environment } from '../../core/clock.js';
import type { Pace } from '../../core/port.js';
import type { Committed, Manifest, StateBackend, StateStore } from '../../core/state.js';
import type { Json } from '../../core/values.js';
import { suiteEnvironment, type SuiteCase } from './suite.js';

/** A backend with nothing in it. */
export interface StateBackendHarness {
  readonly backend: StateBackend;
  readonly environment?: Environment | undefined;
  /** Makes the place it writes to full, so that a commit of a megabyte must fail, until the function it gives is called. Without it that case is skipped. */
  full?(): Promise<() => Promise<void> | void>;
  /** Called after each case. */
  close?(): Promise<void> | void;
}

/** A job on the backend under test. */
export interface Job {
  /** A new incarnation; the one before counts as crashed. */
  open(): Promise<StateStore>;
  commit(store: StateStore, positions?: { readonly [split: string]: Json }, pace?: Pace): Promise<Committed | void>;
  readonly full: StateBackendHarness['full'];
}

export function jobOf({ backend, environment = suiteEnvironment(), full }: StateBackendHarness, stores: StateStore[]): Job {
  let checkpoint = 0;
  return {
    async open() {
      const store = await backend.open('suite', environment);
      stores.push(store);
      return store;
    },
    async commit(store, positions = {}, pace = always) {
      const manifest: Manifest = { job: 'suite', generation: store.generation, checkpoint: checkpoint + 1, plan: [], positions: { source: positions }, watermarks: {}, committables: {} };
      const figures = await store.commit(manifest, pace);
      checkpoint++;
      return figures;
    },
    full,
  };
}

/** Makes a case. */
export type Testing = (name: string, run: (job: Job) => Promise<void>) => SuiteCase;

const always: Pace = { go: () => true };
