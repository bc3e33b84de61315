/**
 * Fills an empty store from a savepoint. State may be larger than memory, so it is committed in portions; all but the last say in their manifest that they are a part, and a store whose manifest says so
 * is never gone on from: it is emptied and filled again.
 */
import type { Clock } from '../../core/clock.js';
import type { Manifest, StateStore } from '../../core/state.js';
import { gentlePace } from './gentle.js';
import type { Savepoint } from './read.js';

/** So much is committed at once. */
const PORTION = { bytes: 16 * 2 ** 20, entries: 100_000 };

/**
 * Loads all of it for a job. Tokens of sinks are of the job that took the savepoint: they are handed on only to a job of that name, which will commit them (that is idempotent, so it does no harm if
 * they have been); a fork leaves them to the other, or both would write the same records.
 */
export async function loadSavepoint(savepoint: Savepoint, store: StateStore, { job, clock, portion: most = PORTION }: { readonly job: string; readonly clock: Clock; readonly portion?: typeof PORTION }): Promise<void> {
  const { manifest, id } = savepoint;
  const own: Manifest = { ...manifest, job, generation: store.generation, committables: manifest.job === job ? manifest.committables : {}, origin: id };
  const pace = gentlePace(clock);
  const part: Manifest = { ...own, loading: id };
  const left = [...store.tables()];
  for (const [step, name] of left) store.drop(step, name);
  if (left.length > 0) await store.commit(part, pace);
  let entries = 0;
  let bytes = 0;
  for await (const portion of savepoint.parts()) {
    for (const entry of portion) {
      store.table(entry.step, entry.table).set(entry.key, entry.value, entry.sub);
      entries++;
      bytes += entry.bytes;
    }
    if (entries < most.entries && bytes < most.bytes) continue;
    await store.commit(part, pace);
    [entries, bytes] = [0, 0];
  }
  await store.commit(own, pace);
}
