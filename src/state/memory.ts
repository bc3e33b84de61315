/**
 * The state backend for tests and small jobs. The backend object is the disk: it outlives an incarnation of the job, and what was not committed when one
 * crashes is not in it. A commit first copies the overlay (that may fail and changes nothing), then becomes true in one assignment (the journal), then is
 * written into the base with pauses; an incarnation that dies among those pauses leaves the journal, and the next one finishes the writing when it opens.
 */
import { MillraceError } from '../core/errors.js';
import type { Environment } from '../core/clock.js';
import type { Pace } from '../core/port.js';
import type { Manifest, StateBackend, StateStore } from '../core/state.js';
import { tableRegistry } from './registry.js';
import { apply, emptyLayer, type Change, type Layer } from './table.js';

/** What one job left here. */
interface Kept {
  generation: number;
  manifest: Manifest | undefined;
  /** step -> table name -> base. */
  readonly tables: Map<string, Map<string, Layer>>;
  journal: Journal;
}

/** A commit that is true and perhaps not yet written: steps renamed, then tables changed. */
interface Journal {
  readonly moves: ReadonlyMap<string, string>;
  readonly entries: readonly Entry[];
}

const NOTHING: Journal = { moves: new Map(), entries: [] };

/** One table's part of a commit; without a change the table is dropped. */
interface Entry {
  readonly step: string;
  readonly name: string;
  readonly dropped: boolean;
  readonly change: Change | undefined;
}

const COMMITTING = 'a commit is under way. Only the runner writes, and it waits for the commit.';

/**
 * State in the memory of this process: it survives a crashed job, not a crashed process. One backend object may serve several jobs, each under its name.
 *
 * @returns a backend to be handed to `run(outputs, { state })`; opening it again under the same job name gives what was committed last.
 * @example
 * ```ts
 * import { memory } from 'millrace';
 *
 * const state = memory();
 * console.log(state.durable); // false
 * ```
 */
export function memory(): StateBackend {
  const jobs = new Map<string, Kept>();
  return {
    durable: false,
    async open(job, environment, above = 0) {
      let kept = jobs.get(job);
      if (kept === undefined) jobs.set(job, (kept = { generation: 0, manifest: undefined, tables: new Map(), journal: NOTHING }));
      kept.generation = Math.max(kept.generation, above) + 1;
      const unfinished = writeJournal(kept); // what a predecessor committed and had no time to write
      while (unfinished.next().done !== true);
      return open(job, kept, environment);
    },
  };
}

function open(job: string, kept: Kept, environment: Environment): StateStore {
  const generation = kept.generation;
  /** Tables of the base that were dropped since the last commit. */
  const dropped = new Map<string, Set<string>>();
  /** New name of a step -> the name under which the base has it; until the next commit. */
  const moves = new Map<string, string>();
  const keptOf = (step: string): Map<string, Layer> | undefined => {
    const from = moves.get(step);
    return from === undefined && [...moves.values()].includes(step) ? undefined : kept.tables.get(from ?? step);
  };
  const baseOf = (step: string, name: string): Layer | undefined => (dropped.get(step)?.has(name) === true ? undefined : keptOf(step)?.get(name));
  const live = tableRegistry(baseOf);

  const fence = (): void => {
    if (kept.generation !== generation) throw new MillraceError('fenced', `Job "${job}" was opened again (generation ${kept.generation}); generation ${generation} may not commit any more.`);
  };
  const inTurns = async <R>(work: Generator<void, R>, pace: Pace): Promise<R> => {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (pace.go()) continue;
      await new Promise<void>(resolve => environment.clock.defer(resolve));
      fence();
    }
  };
  const stage = function* (): Generator<void, readonly Entry[]> {
    const entries: Entry[] = [];
    for (const [step, names] of dropped) for (const name of names) entries.push({ step, name, dropped: true, change: undefined });
    for (const [step, name, table] of live.all()) if (table.dirty() > 0) entries.push({ step, name, dropped: false, change: yield* table.stage() });
    return entries;
  };

  return {
    restored: kept.manifest,
    generation,
    table: live.table,
    drop(step, name) {
      live.drop(step, name);
      if (keptOf(step)?.has(name) !== true) return;
      const names = dropped.get(step);
      if (names === undefined) dropped.set(step, new Set([name]));
      else names.add(name);
    },
    rename(step, to) {
      if (kept.tables.has(to)) throw new MillraceError('state-rename', `Job "${job}": the state of step "${step}" cannot become that of "${to}", which has state of its own.`);
      if (kept.tables.has(step)) moves.set(to, step);
    },
    *tables() {
      const known = new Map<string, Set<string>>();
      for (const [step, name, table] of live.all()) {
        known.set(step, (known.get(step) ?? new Set()).add(name));
        if (!table.isEmpty()) yield [step, name];
      }
      const names = new Map([...moves].map(([to, from]) => [from, to]));
      for (const [old, tables] of kept.tables) {
        const step = names.get(old) ?? old;
        for (const [name, base] of tables) if (base.main.size > 0 && known.get(step)?.has(name) !== true && baseOf(step, name) !== undefined) yield [step, name];
      }
    },
    get dirty() {
      let count = 0;
      for (const names of dropped.values()) count += names.size;
      for (const [, , table] of live.all()) count += table.dirty();
      return count;
    },
    async commit(manifest, pace) {
      fence();
      for (const [, , table] of live.all()) table.lock(COMMITTING);
      try {
        const entries = await inTurns(stage(), pace);
        kept.journal = { moves: new Map(moves), entries };
        kept.manifest = structuredClone(manifest);
        await inTurns(writeJournal(kept), pace);
        dropped.clear();
        moves.clear();
        for (const [step, name, table] of live.all()) table.settle(layerOf(kept, step, name));
      } finally {
        for (const [, , table] of live.all()) table.lock(undefined);
      }
    },
    close: () => Promise.resolve(),
  };
}

function layerOf(kept: Kept, step: string, name: string): Layer {
  let tables = kept.tables.get(step);
  if (tables === undefined) kept.tables.set(step, (tables = new Map()));
  let layer = tables.get(name);
  if (layer === undefined) tables.set(name, (layer = emptyLayer()));
  return layer;
}

/** Finishes the last commit. It may be begun again from its start: entries are written, not added. */
function* writeJournal(kept: Kept): Generator<void, void> {
  for (const [to, from] of kept.journal.moves) {
    const tables = kept.tables.get(from);
    if (tables === undefined) continue;
    kept.tables.delete(from);
    kept.tables.set(to, tables);
  }
  for (const { step, name, dropped, change } of kept.journal.entries) {
    if (dropped) kept.tables.get(step)?.delete(name);
    if (change !== undefined) yield* apply(change, layerOf(kept, step, name));
  }
  kept.journal = NOTHING;
}
