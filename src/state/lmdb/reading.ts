/** Looking at a store from outside, while its job runs or after: nothing is claimed and nothing is written. What is seen is one checkpoint, whatever is committed meanwhile. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { causeText, MillraceError } from '../../core/errors.js';
import type { Manifest } from '../../core/state.js';
import type { Key, Sub } from '../../core/values.js';
import { baseOf, tableTitle, type TableInfo } from './base.js';
import { MODULUS, readCatalogue } from './catalogue.js';
import { tableBounds } from './disk-key.js';
import { openForReading, type Handle } from './handle.js';
import { DATA } from './new-files.js';
import { loadPeer } from './peer.js';

/** A store as it was at one checkpoint. */
export interface StoreView {
  readonly job: string;
  /** Who may commit now: later than the manifest's if the job was opened again and has taken no checkpoint since. */
  readonly generation: number;
  /** `undefined` before the first checkpoint. */
  readonly manifest: Manifest | undefined;
  readonly tables: readonly { readonly step: string; readonly name: string; readonly entries: number }[];
  entries(step: string, table: string): Iterable<{ readonly key: Key; readonly sub: Sub | undefined; readonly value: unknown; readonly bytes: number }>;
  get(step: string, table: string, key: Key): readonly (readonly [Sub | undefined, unknown])[];
  /** Reads all of it; what is damaged, one line each. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Is it the folder of a store? */
export const isStore = (folder: string): boolean => existsSync(join(folder, DATA));

/** Opens the folder of one job's store. Rejects with what `lmdb` would reject with for one that is damaged or of another version. */
export async function viewStore(folder: string): Promise<StoreView> {
  if (!isStore(folder)) throw new MillraceError('state-missing', `There is no store in ${folder}.`);
  const handle = openForReading(await loadPeer(), resolve(folder));
  const view = handle.snapshot();
  const close = async (): Promise<void> => {
    view.done();
    await handle.close();
  };
  try {
    const { claim, checkpoint, tables } = readCatalogue(handle, view);
    const find = (step: string, name: string): TableInfo | undefined => tables.find(table => table.step === step && table.name === name);
    return {
      job: claim?.job ?? '',
      generation: claim?.generation ?? 0,
      manifest: checkpoint?.manifest,
      tables: tables.map(({ step, name, count }) => ({ step, name, entries: count })),
      *entries(step, name) {
        const info = find(step, name);
        if (info !== undefined) yield* baseOf(handle, info, view).each();
      },
      get(step, name, key) {
        const info = find(step, name);
        if (info === undefined) return [];
        const base = baseOf(handle, info, view);
        const own = base.get(key);
        return [...(own === undefined ? [] : [[undefined, own.value] as const]), ...[...base.eachRow(key)].map(row => [row.sub, row.value] as const)];
      },
      verify: async () => verify(handle, tables, view),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Entries are checked one by one by their checksums, tables by the number and the sum of those. */
function verify(handle: Handle, tables: readonly TableInfo[], view: ReturnType<Handle['snapshot']>): readonly string[] {
  const found: string[] = [];
  for (const info of tables) {
    let count = 0;
    let sum = 0;
    try {
      for (const { stored } of baseOf(handle, info, view).each()) {
        count++;
        sum = (sum + stored) % MODULUS;
      }
      if (count !== info.count || sum !== info.sum) found.push(`${tableTitle(info)}: it has ${count} entries, and had ${info.count}${count === info.count ? ' others' : ''} when it was written.`);
    } catch (cause) {
      found.push(causeText(cause));
    }
  }
  // Between the tables there is nothing.
  const ids = [0, ...tables.map(({ id }) => id).sort((a, b) => a - b)];
  for (const [i, id] of ids.entries()) {
    const next = ids[i + 1];
    const { rows } = handle.chunk(tableBounds(id).end, next === undefined ? Buffer.alloc(5, 0xff) : tableBounds(next).start, { at: view, rows: 1 });
    if (rows.length > 0) found.push(`There are entries that belong to no table (behind number ${id}).`);
  }
  return found;
}
