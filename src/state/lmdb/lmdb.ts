/** The durable state backend: one folder, below it one LMDB store per job. */
import { resolve } from 'node:path';
import { MillraceError } from '../../core/errors.js';
import type { StateBackend } from '../../core/state.js';
import { CLAIM, encodeOwn, FORMAT, readCatalogue, readClaim, type Claim } from './catalogue.js';
import { openHandle } from './handle.js';
import { folderOf } from './folders.js';
import { settingsOf, type LmdbOptions } from './settings.js';
import { loadPeer } from './peer.js';
import { openStore } from './store.js';

/**
 * State on the disk of this machine, by way of the package `lmdb` (an optional peer: `npm install lmdb`). A job goes on from its last checkpoint whatever ended it; its state may be larger than memory.
 *
 * @param folder where the state is kept, made if need be (mode 0700); each job has a folder of its own in it.
 * @param options how much stays decoded in memory, and when another process may take the job over.
 * @returns a backend to be handed to `run(outputs, { name, state })`.
 * @example
 * ```ts
 * import { lmdb } from 'millrace/lmdb';
 *
 * const state = lmdb('./state', { lease: '10s' });
 * console.log(state.durable); // true
 * ```
 */
export function lmdb(folder: string, options?: LmdbOptions): StateBackend {
  const settings = settingsOf(folder, options);
  return {
    durable: true,
    async open(job, environment) {
      const peer = await loadPeer();
      const path = folderOf(resolve(folder), job);
      const handle = openHandle(peer, path);
      try {
        const generation = await handle.transaction(async () => {
          const claim = readClaim(handle);
          if (claim !== undefined && claim.job !== job) throw new MillraceError('state-name', `The folder of job "${job}" (${path}) has the state of job "${claim.job}": their names differ by letter case only, or the folder was moved. Give the job another name, or the state another folder.`);
          const next: Claim = { format: FORMAT, job, generation: (claim?.generation ?? 0) + 1, checkpoint: claim?.checkpoint ?? 0 };
          handle.put(CLAIM, encodeOwn(CLAIM, next));
          return next.generation;
        });
        return openStore({ job, handle, catalogue: readCatalogue(handle), generation, environment, cache: settings.cache, release: () => handle.close() });
      } catch (cause) {
        await handle.close();
        throw cause;
      }
    },
  };
}
