/**
 * A state backend on a {@link Disk}, plain and honest: each checkpoint is a file of what changed since the one before, written aside, synced, renamed, its folder synced. It is there so that the engine is
 * simulated over a store that power losses, full disks and zombies can hurt; for jobs of yours there is `millrace/lmdb`.
 *
 * The claim rule. A new incarnation makes its claim visible first and then looks which checkpoint is the last of the generations below; that goes into its claim, as what it stands on. Whoever commits looks
 * for claims of others after its checkpoint is visible: if there is none, the next claimant is bound to see the checkpoint; if there is one, nobody has to believe it.
 */
import { crc32 } from 'node:zlib';
import { diskOf, type Disk } from '../../core/disk.js';
import { DataError, MillraceError } from '../../core/errors.js';
import type { Pace } from '../../core/port.js';
import type { Committed, Manifest, StateBackend, StateStore } from '../../core/state.js';
import type { Environment } from '../../core/clock.js';
import type { Json, Key, Sub } from '../../core/values.js';
import { decodeValue, encodeValue } from '../../state/codec.js';
import { keyBytes, keyOf } from '../../state/key-bytes.js';
import { tableRegistry } from '../../state/registry.js';
import { apply, emptyLayer, HOLE, type Change, type Layer } from '../../state/table.js';

/** So many checkpoints stand on each other before one is written whole. */
const LONGEST_CHAIN = 8;

interface Named {
  readonly generation: number;
  readonly sequence: number;
}

/** What a file of a checkpoint says, besides its entries. */
interface Head {
  readonly manifest: Manifest;
  /** The checkpoint it stands on; absent, it is whole. */
  readonly parent: Named | null;
  readonly moves: readonly (readonly [to: string, from: string])[];
  readonly tables: readonly TableHead[];
}
interface TableHead {
  readonly step: string;
  readonly name: string;
  readonly dropped: boolean;
  /** Numbers of entries that follow: keys gone, main entries, lists of rows. */
  readonly gone: number;
  readonly main: number;
  readonly rows: number;
}

type Tables = Map<string, Map<string, Layer>>;

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

const nameOf = ({ generation, sequence }: Named): string => `checkpoint-${generation}-${sequence}`;
const claimOf = (generation: number): string => `claim-${generation}`;
const CHECKPOINT = /^checkpoint-(\d+)-(\d+)$/;
const CLAIM = /^claim-(\d+)$/;

const claimsIn = (names: readonly string[]): readonly number[] => names.flatMap(name => (CLAIM.exec(name) === null ? [] : [Number(CLAIM.exec(name)?.[1])])).sort((a, b) => b - a);

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
      await file.sync();
      await file.close();
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

interface CheckpointFile {
  readonly head: Head;
  readonly body: Buffer;
  readonly at: number;
}

/** From the last whole one up to `tip`. */
async function chainTo(disk: Disk, folder: string, tip: Named): Promise<readonly CheckpointFile[]> {
  const chain: CheckpointFile[] = [];
  for (let at: Named | null = tip; at !== null; ) {
    const body = unframed(await readWhole(disk, `${folder}/${nameOf(at)}`), nameOf(at));
    const length = body.readUInt32BE(0);
    const head = JSON.parse(body.subarray(4, 4 + length).toString()) as Head; // whole, and written by `commit`
    chain.unshift({ head, body, at: 4 + length });
    at = head.parent;
  }
  return chain;
}

function restore({ head, body, at }: CheckpointFile, kept: Tables): void {
  const next = (): Buffer => {
    const length = body.readUInt32BE(at);
    const bytes = body.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return bytes;
  };
  move(head.moves, kept);
  for (const { step, name, dropped, gone, main, rows } of head.tables) {
    if (dropped) {
      kept.get(step)?.delete(name);
      continue;
    }
    const change: { gone: Key[]; main: [Key, unknown][]; rows: [Key, Change['rows'] extends Iterable<readonly [Key, infer R]> ? R : never][] } = { gone: [], main: [], rows: [] };
    for (let i = 0; i < gone; i++) change.gone.push(keyOf(next()).key);
    for (let i = 0; i < main; i++) {
      const { key } = keyOf(next());
      const value = next();
      change.main.push([key, value.length === 0 ? HOLE : decodeValue(value)]);
    }
    for (let i = 0; i < rows; i++) {
      const { key } = keyOf(next());
      const [subs, values] = decodeValue(next()) as [Sub[], unknown[]]; // written below
      change.rows.push([key, { subs, values, own: undefined }]);
    }
    // A tuple is found by the object that stands for it.
    const layer = layerOf(kept, step, name);
    const known = new Map([...layer.main.keys()].filter(key => typeof key === 'object').map(key => [keyBytes(key).toString('latin1'), key]));
    const slot = (key: Key): Key => (typeof key === 'object' ? (known.get(keyBytes(key).toString('latin1')) ?? (known.set(keyBytes(key).toString('latin1'), key), key)) : key);
    const same: Change = { gone: change.gone.map(slot), main: change.main.map(([key, value]) => [slot(key), value]), rows: change.rows.map(([key, list]) => [slot(key), list]) };
    for (const steps = apply(same, layer); steps.next().done !== true; );
  }
}

function move(moves: Head['moves'], kept: Tables): void {
  for (const [to, from] of moves) {
    const tables = kept.get(from);
    if (tables === undefined) continue;
    kept.delete(from);
    kept.set(to, tables);
  }
}

function layerOf(kept: Tables, step: string, name: string): Layer {
  let tables = kept.get(step);
  if (tables === undefined) kept.set(step, (tables = new Map()));
  let layer = tables.get(name);
  if (layer === undefined) tables.set(name, (layer = emptyLayer()));
  return layer;
}

interface Entry {
  readonly step: string;
  readonly name: string;
  readonly dropped: boolean;
  readonly change: Change;
}
const UNCHANGED: Change = { gone: [], main: [], rows: [] };

function storeOf(options: { readonly disk: Disk; readonly folder: string; readonly job: string; readonly environment: Environment; readonly generation: number; readonly kept: Tables; readonly head: Head | undefined; readonly length: number; readonly tip: Named | null }): StateStore {
  const { disk, folder, job, environment, generation, kept, head } = options;
  let { tip, length } = options;
  let sequence = 0;
  const dropped = new Map<string, Set<string>>();
  const moves = new Map<string, string>();
  const keptOf = (step: string): Map<string, Layer> | undefined => kept.get(moves.get(step) ?? step);
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
        const { bytes, count } = encode({ manifest, parent: whole ? null : tip, moves: whole ? [] : [...moves] }, whole ? wholeOf(after) : entries);
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
        return { entries: count, bytes: bytes.length };
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

function encode(head: Omit<Head, 'tables'>, entries: readonly Entry[]): { readonly bytes: Buffer; readonly count: number } {
  const parts: Buffer[] = [];
  let count = 0;
  const put = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  const tables = entries.map(({ step, name, dropped, change }): TableHead => {
    const where = (): string => `State of step "${step}", table "${name}"`;
    const [gone, main, rows] = [[...change.gone], [...change.main], [...change.rows]];
    for (const key of gone) put(keyBytes(key));
    for (const [key, value] of main) {
      put(keyBytes(key));
      put(value === HOLE ? Buffer.alloc(0) : encodeValue(value, where));
    }
    for (const [key, list] of rows) {
      put(keyBytes(key));
      put(encodeValue([list.subs, list.values], where));
    }
    count += gone.length + main.length + rows.length;
    return { step, name, dropped, gone: gone.length, main: main.length, rows: rows.length };
  });
  const text = Buffer.from(JSON.stringify({ ...head, tables } satisfies Head as unknown as Json));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return { bytes: Buffer.concat([length, text, ...parts]), count };
}

/** With its length and checksum before it. */
function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes.length, 0);
  head.writeUInt32BE(crc32(bytes), 4);
  return Buffer.concat([head, bytes]);
}

function unframed(bytes: Buffer, name: string): Buffer {
  const body = bytes.subarray(8);
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== body.length || bytes.readUInt32BE(4) !== crc32(body)) throw new DataError('state-damaged', `"${name}" is damaged: its length or its checksum is wrong.`, name);
  return body;
}

async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    const { size } = await file.look();
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const read = await file.read(bytes.subarray(at), at);
      if (read === 0) return bytes.subarray(0, at);
      at += read;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Under its name whole or not at all. */
async function writeWhole(disk: Disk, folder: string, name: string, bytes: Buffer): Promise<void> {
  const aside = `${folder}/${name}.writing`;
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(aside, `${folder}/${name}`);
  await disk.syncFolder(folder);
}

const noSpace = (cause: unknown): boolean => typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOSPC';
