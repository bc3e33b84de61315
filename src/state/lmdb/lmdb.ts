/** The durable state backend: one folder, below it one LMDB store per job. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock, type Environment } from '../../core/clock.js';
import { MillraceError } from '../../core/errors.js';
import type { StateBackend } from '../../core/state.js';
import { CLAIM, encodeOwn, FORMAT, readCatalogue, readClaim, type Claim } from './catalogue.js';
import { checkFile } from './check-file.js';
import { folderOf } from './folders.js';
import { isOpen, openHandle } from './handle.js';
import { findHolder, refuseIfHeld, takeHold, type Hold } from './holder.js';
import { loadPeer } from './peer.js';
import { probe } from './probe.js';
import { settingsOf, type LmdbOptions } from './settings.js';
import { openStore } from './store.js';

/** Stores that this process holds, and through which backend. */
const holding = new Map<string, { readonly backend: StateBackend; readonly signal: AbortSignal; readonly hold: Hold; stop(): void }>();

/**
 * State on the disk of this machine, by way of the package `lmdb` (an optional peer: `npm install lmdb`). A job goes on from its last checkpoint whatever ended it; its state may be larger than memory.
 *
 * While a job runs, a second instance of it is refused (`state-held`, with who holds the store). The same backend object opened again takes the job over from itself, as `memory()` does.
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
  const { cache, lease } = settingsOf(folder, options);
  const root = resolve(folder);
  const backend: StateBackend = {
    durable: true,
    async open(job, environment, above = 0) {
      const { clock } = environment;
      const path = folderOf(root, job);
      const peer = await loadPeer();
      const known = findHolder(path, clock.now());
      refuse(job, path, backend, known, clock.now());
      if (known?.state === 'silent') await probe(job, path, known.holder, clock);
      if (!isOpen(path)) await checkFile(path, clock);
      const handle = openHandle(peer, path);
      let hold: Hold | undefined;
      const release = async (): Promise<void> => {
        const mine = holding.get(path);
        if (mine !== undefined && mine.hold === hold) {
          mine.stop();
          holding.delete(path);
        }
        hold?.release();
        await handle.close();
      };
      try {
        const generation = await visibly(environment, path, () =>
          handle.transaction(async () => {
            const now = clock.now();
            refuse(job, path, backend, findHolder(path, now), now);
            const claim = readClaim(handle);
            if (claim !== undefined && claim.job !== job)
              throw new MillraceError('state-name', `The folder of job "${job}" (${path}) has the state of job "${claim.job}": their names differ by letter case only, or the folder was moved. Give the job another name, or the state another folder.`);
            const next: Claim = { format: FORMAT, job, generation: Math.max(claim?.generation ?? 0, above) + 1, checkpoint: claim?.checkpoint ?? 0 };
            handle.put(CLAIM, encodeOwn(CLAIM, next));
            holding.get(path)?.stop();
            hold = takeHold(path, now, lease);
            return next.generation;
          }),
        );
        const mine = hold;
        if (mine !== undefined) holding.set(path, { backend, signal: environment.signal, hold: mine, stop: clock.every(mine.every, () => mine.beat(clock.now())) });
        return openStore({ job, folder: path, handle, catalogue: readCatalogue(handle), generation, environment, cache, visibly: work => visibly(environment, path, work), release });
      } catch (cause) {
        await release();
        throw cause;
      }
    },
  };
  return backend;
}

/** Throws if somebody else holds the store: another process that is alive, or another backend of this one whose job goes on. */
function refuse(job: string, path: string, backend: StateBackend, found: ReturnType<typeof findHolder>, now: number): void {
  const ours = holding.get(path);
  const taken = found?.state === 'ourselves' && ours !== undefined && ours.backend !== backend && !ours.signal.aborted;
  refuseIfHeld(job, path, found !== undefined && taken ? { ...found, state: 'alive' } : found, now);
}

/** A clock that is moved by hand does not see the work of native threads, and would let time pass while it is under way; operations on files it sees. */
async function visibly<T>({ clock }: Environment, path: string, work: () => Promise<T>): Promise<T> {
  if (clock === systemClock) return work();
  let over = false;
  const done = work().finally(() => (over = true));
  const watch = async (): Promise<void> => {
    while (!isTrue(over)) await stat(path).catch(() => {});
  };
  void watch();
  return done;
}

/** Changed by a callback: the compiler takes it for the constant it was. */
const isTrue = (value: boolean): boolean => value;
