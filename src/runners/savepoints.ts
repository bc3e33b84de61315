/** Savepoints of a running job: on demand and on an interval. Each follows a checkpoint; where the store can show that checkpoint while the job goes on it is written beside the job, else the job waits. */
import type { Environment } from '../core/clock.js';
import { diskOf, type Disk } from '../core/disk.js';
import { MillraceError } from '../core/errors.js';
import type { Manifest, StateSnapshot, StateStore } from '../core/state.js';
import type { SigningKey } from '../state/savepoint/signature.js';
import { writeSavepoint } from '../state/savepoint/write.js';
import type { JobEvent } from './events.js';

/** Savepoints of one job. */
export interface Savepoints {
  /** Resolves when the file is durable under its name. */
  take(path: string): Promise<void>;
  /** A checkpoint has been taken and the job has not gone on yet. Waits for what cannot be written while it does. */
  after(manifest: Manifest): Promise<void> | undefined;
  /** What is being written, come what may. */
  settled(): Promise<void>;
  /** The job is over: who still waits will not get one. */
  end(): void;
}

/** What a savepoint is written from. */
type Seen = Pick<StateSnapshot, 'manifest' | 'tables' | 'scan'> & { close?(): void };

interface Wanted {
  pathAt(manifest: Manifest): string;
  resolve(): void;
  reject(error: unknown): void;
}

export function savepointing(options: {
  readonly job: string;
  readonly environment: Environment;
  readonly store: StateStore;
  readonly signingKey: SigningKey | undefined;
  readonly automatic: { readonly folder: string; readonly every: number; readonly keep: number } | undefined;
  readonly stoppers: (() => void)[];
  running(): boolean;
  checkpoint(): Promise<void>;
  tell(event: JobEvent): void;
}): Savepoints {
  const { job, environment, store, automatic, tell } = options;
  const { clock, signal } = environment;
  const disk = diskOf(environment);
  let wanted: Wanted[] = [];
  const underWay = new Set<Promise<void>>();

  const write = async (view: Seen, { pathAt, resolve, reject }: Wanted): Promise<void> => {
    const path = pathAt(view.manifest);
    const since = clock.monotonic();
    try {
      const { bytes } = await writeSavepoint(view, { disk, clock, path, signal, signingKey: options.signingKey });
      tell({ kind: 'savepoint-completed', path, checkpoint: view.manifest.checkpoint, bytes, duration: clock.monotonic() - since });
      resolve();
    } catch (error) {
      tell({ kind: 'savepoint-failed', path, error });
      reject(error);
    }
  };
  const request = (pathAt: Wanted['pathAt']): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const mine: Wanted = { pathAt, resolve, reject };
      wanted.push(mine);
      void (async () => {
        try {
          // One under way when it was asked for may have been past the point where it could serve it.
          while (wanted.includes(mine) && options.running()) await options.checkpoint();
          if (wanted.includes(mine)) throw ended(job);
        } catch (error) {
          wanted = wanted.filter(w => w !== mine);
          reject(error);
        }
      })();
    });

  const self: Savepoints = {
    take: path => request(() => path),
    after(manifest) {
      if (wanted.length === 0) return undefined;
      const now = wanted;
      wanted = [];
      let snapshot: StateSnapshot | undefined;
      try {
        snapshot = store.snapshot?.();
      } catch (error) {
        for (const { pathAt, reject } of now) {
          tell({ kind: 'savepoint-failed', path: pathAt(manifest), error });
          reject(error);
        }
        return undefined;
      }
      const view: Seen = snapshot ?? { manifest, tables: () => store.tables(), scan: (step: string, table: string) => store.table<unknown>(step, table).scan() };
      const work = (async () => {
        for (const each of now) await write(view, each);
        view.close?.();
      })();
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
      return snapshot === undefined ? work : undefined;
    },
    async settled() {
      await Promise.all(underWay);
    },
    end() {
      for (const { reject } of wanted) reject(ended(job));
      wanted = [];
    },
  };

  if (automatic !== undefined) {
    const { folder, every, keep } = automatic;
    let busy = false;
    const nameAt = ({ generation, checkpoint }: Manifest): string => `${folder}/${job}-${generation}-${checkpoint}.savepoint`;
    const tick = async (): Promise<void> => {
      if (busy || !options.running()) return;
      busy = true;
      try {
        await request(nameAt);
        await keepLast(disk, folder, job, keep);
      } catch {
        // told: as a checkpoint or a savepoint that failed; what is there stays
      } finally {
        busy = false;
      }
    };
    options.stoppers.push(clock.every(every, () => void tick()));
  }
  return self;
}

const ended = (job: string): MillraceError => new MillraceError('job-ended', `Job "${job}" has ended; there is no savepoint of it to be taken.`);

/** Removes all savepoints a job took by itself but the newest, and what its dead predecessors left unfinished. Call it when the newest is durable. */
export async function keepLast(disk: Disk, folder: string, job: string, keep: number): Promise<void> {
  const whole: { readonly name: string; readonly generation: number; readonly checkpoint: number }[] = [];
  const unfinished: { readonly name: string; readonly generation: number }[] = [];
  for (const name of await disk.list(folder)) {
    if (!name.startsWith(`${job}-`)) continue;
    const [, generation, checkpoint, aside] = /^(\d+)-(\d+)\.savepoint(\.\d+-\d+\.aside)?$/.exec(name.slice(job.length + 1)) ?? [];
    if (generation === undefined || checkpoint === undefined) continue;
    if (aside === undefined) whole.push({ name, generation: Number(generation), checkpoint: Number(checkpoint) });
    else unfinished.push({ name, generation: Number(generation) });
  }
  whole.sort((a, b) => b.generation - a.generation || b.checkpoint - a.checkpoint);
  const newest = whole[0]?.generation ?? 0;
  const old = [...whole.slice(keep), ...unfinished.filter(({ generation }) => generation < newest)];
  for (const { name } of old) await disk.remove(`${folder}/${name}`);
  if (old.length > 0) await disk.syncFolder(folder);
}
