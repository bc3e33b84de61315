/** What all sources of text files share when they follow: one split per file, by its identity on the disk; files that come and go while the job runs. */
import type { Environment } from '../../../core/clock.js';
import { diskOf } from '../../../core/disk.js';
import type { Source, Splits } from '../../../core/source.js';
import type { Position } from '../../../core/values.js';
import { comparePlaces } from '../place.js';
import type { Format } from '../source.js';
import { Files, type Followed } from './files.js';
import type { Following } from './options.js';
import { followPlaceOf } from './place.js';
import { followReader } from './reader.js';

/** A source of that format that goes on with what is added to its files. */
export function followingSource<T>(format: Format<T>, following: Following): Source<T> {
  /** By run: what a run knows of its files is nobody else's. */
  const runs = new WeakMap<Environment, Files>();
  const filesOf = (environment: Environment, kept: { readonly [split: string]: Position | 'end' }): Files => {
    const files = new Files(diskOf(environment), environment.clock, format.paths, following.maxOpenFiles, kept);
    runs.set(environment, files);
    return files;
  };
  return {
    name: format.name,
    replayable: true,
    // A reader that waits holds no more than a place; how many files are open is another bound.
    mostOpen: Number.POSITIVE_INFINITY,
    splits: (environment, kept = {}) => changesOf(filesOf(environment, kept), kept, following, environment),
    async open(split, position, environment) {
      const files = runs.get(environment) ?? filesOf(environment, {});
      let file = files.known.get(split);
      if (file === undefined) {
        await files.scan();
        file = files.known.get(split) ?? files.missing(split, followPlaceOf(position).path);
      }
      return followReader({ file, files, following, format, from: followPlaceOf(position), environment });
    },
    compare: comparePlaces,
  };
}

async function* changesOf(files: Files, kept: { readonly [split: string]: Position | 'end' }, { poll, gone }: Following, { clock, signal }: Environment): AsyncGenerator<Splits> {
  const over = ({ goneSince, whole, readAt }: Followed): boolean => goneSince !== undefined && whole && clock.monotonic() - Math.max(goneSince, readAt) >= gone;
  const forget = (splits: readonly string[]): void => splits.forEach(split => files.forget(split));
  await files.scan();
  // What was read to its end and is no more is nothing to go on with.
  const lost = Object.keys(kept).filter(split => files.known.get(split)?.goneSince === undefined ? !files.known.has(split) : files.known.get(split)?.whole === true);
  forget(lost);
  yield { added: [...files.known.keys()], lost };
  for (;;) {
    await clock.sleep(poll, signal).catch(() => {});
    if (signal.aborted) return;
    const added = (await files.scan()).map(file => file.split);
    const revoked = [...files.known.values()].filter(over).map(file => file.split);
    if (added.length === 0 && revoked.length === 0) continue;
    yield { added, revoked };
    forget(revoked);
  }
}
