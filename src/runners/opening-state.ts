/** The state a job begins with: its own, or a savepoint's. */
import type { Environment } from '../core/clock.js';
import { diskOf } from '../core/disk.js';
import { ConfigurationError } from '../core/errors.js';
import type { StateStore } from '../core/state.js';
import { memory } from '../state/memory.js';
import { loadSavepoint } from '../state/savepoint/load.js';
import { openSavepoint, type Savepoint } from '../state/savepoint/read.js';
import type { Settings } from './options.js';

/** Opens the store and, if a savepoint is named and nothing is there yet, loads it. A job that keeps no state gets the savepoint's for this run. */
export async function openState({ state, name, from, signingKey }: Pick<Settings, 'state' | 'name' | 'from' | 'signingKey'>, environment: Environment): Promise<StateStore> {
  const backend = state ?? memory();
  if (from === undefined) {
    const store = await backend.open(name, environment);
    if (store.restored?.loading === undefined) return store;
    return refuse(store, `its state is a part of savepoint ${short(store.restored.loading)}: loading it was interrupted.`, 'Give the savepoint again (`from`); it is then loaded from its beginning.');
  }
  const savepoint = await openSavepoint(from, diskOf(environment), signingKey);
  try {
    const store = await backend.open(name, environment, savepoint.manifest.generation);
    const { restored } = store;
    if (restored !== undefined && restored.loading === undefined) {
      if (restored.origin === savepoint.id) return store;
      const began = restored.origin === undefined ? '' : ` that began with savepoint ${short(restored.origin)}`;
      return await refuse(store, `the job has state of its own${began} (checkpoint ${restored.checkpoint}); savepoint ${from} is ${short(savepoint.id)}.`, 'Leave `from` out to go on from that state. To begin with the savepoint instead, move the state away, or give the job another name.');
    }
    await fill(store, savepoint, name, environment);
    // Opened again, it is a store like any other, whatever is renamed and dropped in it next.
    return await backend.open(name, environment, savepoint.manifest.generation);
  } finally {
    await savepoint.close();
  }
}

const short = (id: string): string => id.slice(0, 12);

async function fill(store: StateStore, savepoint: Savepoint, job: string, { clock }: Environment): Promise<void> {
  try {
    await loadSavepoint(savepoint, store, { job, clock });
  } finally {
    await store.close();
  }
}

async function refuse(store: StateStore, what: string, fix: string): Promise<never> {
  await store.close();
  throw new ConfigurationError([{ code: 'state-present', where: 'run option from', what, fix }]);
}
