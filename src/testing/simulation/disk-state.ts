/**
 * A state backend on a {@link Disk}, plain and honest: each checkpoint is a file of what changed since the one before, written aside, synced, renamed, its folder synced. It is there so that the engine is
 * simulated over a store that power losses, full disks and zombies can hurt; for jobs of yours there is `millrace/lmdb`.
 *
 * The claim rule. A new incarnation makes its claim visible first and then looks which checkpoint is the last of the generations below; that goes into its claim, as what it stands on. Whoever commits looks
 * for claims of others after its checkpoint is visible: if there is none, the next claimant is bound to see the checkpoint; if there is one, nobody has to believe it.
 */
import { diskOf, type Disk } from '../../core/disk.js';
import { DataError, MillraceError } from '../../core/errors.js';
import type { Pace } from '../../core/port.js';
import type { Committed, StateBackend, StateStore } from '../../core/state.js';
import type { Environment } from '../../core/clock.js';
import { tableRegistry } from '../../state/registry.js';
import { apply, type Layer } from '../../state/table.js';
import { chainTo, CHECKPOINT, claimOf, claimsIn, encode, framed, layerOf, move, nameOf, readWhole, restore, UNCHANGED, unframed, writeWhole, type Entry, type Head, type Named, type Tables } from './checkpoint-file.js';

/** So many checkpoints stand on each other before one is written whole. */
const LONGEST_CHAIN = 8;

/**
 * State in files of one folder.
 *
 * @param folder made if it is missing; one job.
 * @returns a durable backend, for simulations and tests.
 * @example
 * ```ts
 * import { diskState } from 'millrace/testing/simulation';
 *
 * console.log(diskState('state').durable); // true
 * ```
 */
export function diskState(folder: string): StateBackend {
  return {
    durable: true,
    open: (job, environment) => open(folder, job, environment),
  };
}

async function open(folder: string, job: string, environment: Environment): Promise<StateStore> {
  const disk = diskOf(environment);
  await disk.makeFolder(folder);
  const generation = await claim(disk, folder);
  const names = await disk.list(folder);
  const tip = await tipBelow(disk, folder, names, generation);
  await writeWhole(disk, folder, `${claimOf(generation)}.stands-on`, framed(Buffer.from(JSON.stringify(tip))));
  // A claimant that came meanwhile may have looked before this one said what it stands on, and stand on something else.
  const latest = claimsIn(await disk.list(folder))[0] ?? 0;
  if (latest > generation) throw new MillraceError('fenced', `Job "${job}" was opened again (generation ${latest}) while generation ${generation} was opening.`);
  const kept: Tables = new Map();
  const chain = tip === null ? [] : await chainTo(disk, folder, tip);
  for (const file of chain) restore(file, kept);
  const head = chain.at(-1)?.head;
  if (head !== undefined && head.manifest.job !== job) throw new DataError('state-foreign', `The state in "${folder}" is of job "${head.manifest.job}", not of "${job}". Give each job a folder of its own.`, head.manifest.job);
  return storeOf({ disk, folder, job, environment, generation, kept, head, length: chain.length, tip });
}

/** Takes the next free generation; visible and durable before anything else is looked at. */
async function claim(disk: Disk, folder: string): Promise<number> {
  for (let next = (claimsIn(await disk.list(folder))[0] ?? 0) + 1; ; next++) {
    try {
      const file = await disk.open(`${folder}/${claimOf(next)}`, 'create');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.syncFolder(folder);
      return next;
    } catch (cause) {
      if (!(typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    }
  }
}

/** The last checkpoint of the highest generation that got far enough to have one, or to say what it stands on. */
async function tipBelow(disk: Disk, folder: string, names: readonly string[], below: number): Promise<Named | null> {
  const checkpoints = names.flatMap(name => {
    const [, generation, sequence] = CHECKPOINT.exec(name) ?? [];
    return generation === undefined ? [] : [{ generation: Number(generation), sequence: Number(sequence) }];
  });
  for (const generation of claimsIn(names).filter(claimed => claimed < below)) {
    const own = checkpoints.filter(c => c.generation === generation).sort((a, b) => b.sequence - a.sequence)[0];
    if (own !== undefined) return own;
    const standsOn = names.includes(`${claimOf(generation)}.stands-on`) ? unframed(await readWhole(disk, `${folder}/${claimOf(generation)}.stands-on`), claimOf(generation)) : undefined;
    if (standsOn !== undefined) return JSON.parse(standsOn.toString()) as Named | null; // written by `open`
  }
  return null;
}

function storeOf(options: { readonly disk: Disk; readonly folder: string; readonly job: string; readonly environment: Environment; readonly generation: number; readonly kept: Tables; readonly head: Head | undefined; readonly length: number; readonly tip: Named | null }): StateStore {
  const { disk, folder, job, environment, generation, kept, head } = options;
  let { tip, length } = options;
  let sequence = 0;
  const dropped = new Map<string, Set<string>>();
  const moves = new Map<string, string>();
  const keptOf = (step: string): Map<string, Layer> | undefined => {
    const from = moves.get(step) ?? step;
    return from === step && [...moves.values()].includes(step) ? undefined : kept.get(from);
  };
  const baseOf = (step: string, name: string): Layer | undefined => (dropped.get(step)?.has(name) === true ? undefined : keptOf(step)?.get(name));
  const live = tableRegistry(baseOf);
  const fence = async (): Promise<void> => {
    const latest = claimsIn(await disk.list(folder))[0] ?? 0;
    if (latest > generation) throw new MillraceError('fenced', `Job "${job}" was opened again (generation ${latest}); generation ${generation} may not commit any more.`);
  };
  const breathe = async (pace: Pace): Promise<void> => {
    if (!pace.go()) await new Promise<void>(resolve => environment.clock.defer(resolve));
  };

  return {
    restored: head?.manifest,
    generation,
    table: live.table,
    drop(step, name) {
      live.drop(step, name);
      if (keptOf(step)?.has(name) !== true) return;
      dropped.set(step, (dropped.get(step) ?? new Set()).add(name));
    },
    rename(step, to) {
      if (kept.has(to)) throw new MillraceError('state-rename', `Job "${job}": the state of step "${step}" cannot become that of "${to}", which has state of its own.`);
      if (kept.has(step)) moves.set(to, step);
    },
    *tables() {
      const seen = new Set<string>();
      for (const [step, name, table] of live.all()) {
        seen.add(JSON.stringify([step, name]));
        if (!table.isEmpty()) yield [step, name];
      }
      const renamed = new Map([...moves].map(([to, from]) => [from, to]));
      for (const [old, tables] of kept) {
        const step = renamed.get(old) ?? old;
        for (const [name, base] of tables) if (base.main.size > 0 && !seen.has(JSON.stringify([step, name])) && baseOf(step, name) !== undefined) yield [step, name];
      }
    },
    get dirty() {
      let count = 0;
      for (const names of dropped.values()) count += names.size;
      for (const [, , table] of live.all()) count += table.dirty();
      return count;
    },
    async commit(manifest, pace): Promise<Committed> {
      await fence();
      for (const [, , table] of live.all()) table.lock('a commit is under way. Only the runner writes, and it waits for the commit.');
      try {
        const entries: Entry[] = [];
        for (const [step, names] of dropped) for (const name of names) entries.push({ step, name, dropped: true, change: UNCHANGED });
        for (const [step, name, table] of live.all()) {
          if (table.dirty() === 0) continue;
          const staging = table.stage();
          for (let next = staging.next(); ; next = staging.next()) {
            if (next.done === true) {
              entries.push({ step, name, dropped: false, change: next.value });
              break;
            }
            await breathe(pace);
          }
        }
        const whole = tip === null || length >= LONGEST_CHAIN;
        // A whole one is of what stands after the change, so the change is applied to copies of the tables first.
        const after = whole ? copyOf(kept) : kept;
        if (whole) applyAll(entries, moves, after);
        const own: Named = { generation, sequence: ++sequence };
        const { bytes, count, size } = encode({ manifest, parent: whole ? null : tip, moves: whole ? [] : [...moves] }, whole ? wholeOf(after) : entries);
        try {
          await writeWhole(disk, folder, nameOf(own), framed(bytes));
        } catch (cause) {
          throw noSpace(cause) ? new MillraceError('state-unwritable', `The state in "${folder}" could not be written: the disk is full. Nothing was changed.`, { cause }) : cause;
        }
        await fence();
        applyAll(entries, moves, kept);
        tip = own;
        length = whole ? 1 : length + 1;
        dropped.clear();
        moves.clear();
        for (const [step, name, table] of live.all()) table.settle(layerOf(kept, step, name));
        return { entries: count, bytes: size };
      } finally {
        for (const [, , table] of live.all()) table.lock(undefined);
      }
    },
    close: () => Promise.resolve(),
  };
}

function applyAll(entries: readonly Entry[], moves: ReadonlyMap<string, string>, kept: Tables): void {
  move([...moves], kept);
  for (const { step, name, dropped, change } of entries) {
    if (dropped) kept.get(step)?.delete(name);
    else for (const steps = apply(change, layerOf(kept, step, name)); steps.next().done !== true; );
  }
}

/** Tables that may be changed without changing `kept`; values are shared, and nothing here changes them. */
const copyOf = (kept: Tables): Tables => new Map([...kept].map(([step, tables]) => [step, new Map([...tables].map(([name, { main, rows }]) => [name, { main: new Map(main), rows: new Map(rows) }]))]));

const wholeOf = (kept: Tables): readonly Entry[] =>
  [...kept].flatMap(([step, tables]) => [...tables].filter(([, layer]) => layer.main.size > 0).map(([name, { main, rows }]) => ({ step, name, dropped: false, change: { gone: [], main, rows } })));

const noSpace = (cause: unknown): boolean => typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOSPC';
