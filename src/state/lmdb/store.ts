/** State of one incarnation of a job, on the disk. */
import type { Environment } from '../../core/clock.js';
import { MillraceError } from '../../core/errors.js';
import type { Pace } from '../../core/port.js';
import type { Committed, Manifest, StateStore, StateTable } from '../../core/state.js';
import { baseOf, type TableInfo } from './base.js';
import { generations, type CacheBounds } from './cache.js';
import { CHECKPOINT, CLAIM, encodeOwn, FORMAT, MODULUS, nextTable, readClaim, type Catalogue, type Checkpoint, type Claim } from './catalogue.js';
import { fenced, removeTable, writeInfo, writeTable, type Pause, type Totals, type Written } from './commit.js';
import type { Handle } from './handle.js';
import { roomAt, unwritable } from './failures.js';
import { snapshotOf } from './snapshot.js';
import { diskTable } from './table.js';

const COMMITTING = 'a commit is under way. Only the runner writes, and it waits for the commit.';
const DROPPED = 'it was dropped. Ask the context for the table again.';

/** So many entries are written between two looks at the pace after it said stop: it may go on saying so until the commit is over. */
const BETWEEN_PAUSES = 64;

export interface StoreParts {
  readonly job: string;
  readonly folder: string;
  readonly handle: Handle;
  readonly catalogue: Catalogue;
  readonly generation: number;
  readonly environment: Environment;
  readonly cache: CacheBounds;
  /** Does native work where the job's clock sees that it is under way. */
  visibly<T>(work: () => Promise<T>): Promise<T>;
  /** Lets go of the folder. */
  release(): Promise<void>;
}

export function openStore({ job, folder, handle, catalogue, generation, environment, cache: bounds, visibly, release }: StoreParts): StateStore {
  const cache = generations(bounds);
  /** step -> table name -> what is on the disk. */
  const infos = new Map<string, Map<string, TableInfo>>();
  for (const info of catalogue.tables) enter(infos, info);
  const live = new Map<string, Map<string, Written>>();
  let dropped: TableInfo[] = [];
  let renamed = new Set<TableInfo>();
  let checkpoint = catalogue.checkpoint;
  let next = nextTable(catalogue);
  let closed = false;

  const all = function* (): Generator<Written> {
    for (const tables of live.values()) yield* tables.values();
  };
  const infoOf = (step: string, name: string): TableInfo => {
    let info = infos.get(step)?.get(name);
    if (info === undefined) enter(infos, (info = { id: next++, step, name, count: 0, sum: 0, stored: 0 }));
    return info;
  };
  const pauseOf = (pace: Pace): Pause => {
    let free = 0;
    return () => {
      if (free > 0) free--;
      else if (!pace.go()) {
        free = BETWEEN_PAUSES;
        return new Promise<void>(resolve => environment.clock.defer(resolve));
      }
      return undefined;
    };
  };

  /** All that one transaction writes; nothing in memory says so yet. */
  const write = async (manifest: Manifest, pause: Pause): Promise<{ readonly totals: Map<Written, Totals>; readonly made: Map<TableInfo, number>; readonly checkpoint: Checkpoint }> => {
    const claim = readClaim(handle);
    if (claim === undefined || claim.generation !== generation) throw fenced(job, claim?.generation ?? 0, generation);
    for (const { id, count } of dropped) if (count > 0) await removeTable(handle, id, pause);
    const totals = new Map<Written, Totals>();
    for (const written of all()) if (written.table.dirty() > 0) totals.set(written, await writeTable(handle, written, pause));
    // The catalogue: tables that are gone, have changed, have another name.
    let count = checkpoint?.count ?? 0;
    let sum = checkpoint?.sum ?? 0;
    const made = new Map<TableInfo, number>();
    const replace = (info: TableInfo, after: { readonly count: number; readonly sum: number }): void => {
      const stored = writeInfo(handle, info, after);
      count += (stored === 0 ? 0 : 1) - (info.stored === 0 ? 0 : 1);
      sum = (sum + stored + MODULUS - info.stored) % MODULUS;
      made.set(info, stored);
    };
    for (const info of dropped) if (info.stored !== 0) replace(info, { count: 0, sum: 0 });
    for (const [{ info }, after] of totals) replace(info, after);
    for (const info of renamed) if (!made.has(info) && info.stored !== 0) replace(info, info);
    const after: Checkpoint = { manifest, count, sum, nextTable: next };
    handle.put(CHECKPOINT, encodeOwn(CHECKPOINT, after));
    handle.put(CLAIM, encodeOwn(CLAIM, { format: FORMAT, job, generation, checkpoint: manifest.checkpoint } satisfies Claim));
    return { totals, made, checkpoint: after };
  };

  return {
    restored: catalogue.checkpoint?.manifest,
    generation,
    table<V>(step: string, name: string) {
      let written = live.get(step)?.get(name);
      if (written === undefined) {
        const info = infoOf(step, name);
        const base = baseOf(handle, info);
        written = { info, base, table: diskTable(info, base, () => info.count, cache) };
        const tables = live.get(step) ?? new Map<string, Written>();
        live.set(step, tables.set(name, written));
      }
      return written.table as StateTable<unknown> as StateTable<V>; // who names a table knows what it put there
    },
    drop(step, name) {
      const written = live.get(step)?.get(name);
      written?.table.close();
      written?.table.lock(DROPPED);
      live.get(step)?.delete(name);
      const info = infos.get(step)?.get(name);
      if (info === undefined) return;
      infos.get(step)?.delete(name);
      if (info.count > 0 || info.stored !== 0) dropped.push({ ...info });
      info.count = 0; // what its old handle sees
    },
    rename(step, to) {
      const tables = infos.get(step);
      if (tables === undefined || tables.size === 0) return;
      if ((infos.get(to)?.size ?? 0) > 0) throw new MillraceError('state-rename', `Job "${job}": the state of step "${step}" cannot become that of "${to}", which has state of its own.`);
      infos.delete(step);
      for (const info of tables.values()) {
        info.step = to;
        enter(infos, info);
        renamed.add(info);
      }
    },
    *tables() {
      for (const [step, tables] of infos) {
        for (const [name, info] of tables) {
          const written = live.get(step)?.get(name);
          if (written === undefined ? info.count > 0 : !written.table.isEmpty()) yield [step, name];
        }
      }
    },
    get dirty() {
      let count = dropped.length;
      for (const { table } of all()) count += table.dirty();
      return count;
    },
    async commit(manifest, pace) {
      if (closed) throw new MillraceError('state-closed', `Job "${job}": the store is closed.`);
      const pause = pauseOf(pace);
      for (const { table } of all()) table.lock(COMMITTING);
      try {
        const done = await visibly(() => handle.transaction(() => write(manifest, pause))).catch(async (cause: unknown) => {
          throw await unwritable(job, cause, () => roomAt(folder), () => handle.usable());
        });
        ({ checkpoint } = done);
        dropped = [];
        renamed = new Set();
        for (const [info, stored] of done.made) info.stored = stored;
        const figures = { entries: 0, bytes: 0 };
        for (const [{ info, table }, totals] of done.totals) {
          info.count = totals.count;
          info.sum = totals.sum;
          figures.entries += totals.entries;
          figures.bytes += totals.bytes;
          for (const _ of table.settle(totals.bytes)) {
            const wait = pause();
            if (wait !== undefined) await wait;
          }
        }
        return figures satisfies Committed;
      } finally {
        for (const { table } of all()) table.lock(undefined);
      }
    },
    snapshot: () => snapshotOf(handle),
    async close() {
      if (closed) return;
      closed = true;
      for (const { table } of all()) table.close();
      await release();
    },
  };
}

function enter(infos: Map<string, Map<string, TableInfo>>, info: TableInfo): void {
  const tables = infos.get(info.step) ?? new Map<string, TableInfo>();
  infos.set(info.step, tables.set(info.name, info));
}
