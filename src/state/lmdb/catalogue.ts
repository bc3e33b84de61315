/**
 * What the store itself keeps, in table 0: who may commit (`g`), the last checkpoint (`m`), and the tables there are (`t`, one entry each, so that a commit writes those it changed). A table's entry has
 * the number of its entries and the sum of their checksums, the checkpoint has both of the tables' entries: what is missing, too much, or from another time shows in a walk over all.
 */
import { DataError, MillraceError } from '../../core/errors.js';
import type { Manifest } from '../../core/state.js';
import { decodeEntry, encodeEntry, storedChecksum } from '../codec.js';
import type { TableInfo } from './base.js';
import { tableBounds } from './disk-key.js';
import type { Handle } from './handle.js';
import type { ReadTransaction } from './peer.js';

/** What this version writes, and the only one it reads. */
export const FORMAT = 1;

/** The table of the store's own entries, and the first that is not. */
export const OWN = 0;
const FIRST_TABLE = 1;

/** Sums of checksums, and those of fewer entries subtracted, stay below it. */
export const MODULUS = 2 ** 48;

export interface Claim {
  readonly format: number;
  readonly job: string;
  readonly generation: number;
  /** Number of the last checkpoint, 0 before the first: then there is no {@link Checkpoint}. */
  readonly checkpoint: number;
}

export interface Checkpoint {
  readonly manifest: Manifest;
  /** Tables, and the sum of the checksums of their entries here. */
  readonly count: number;
  readonly sum: number;
  readonly nextTable: number;
}

/** All of it. */
export interface Catalogue {
  readonly claim: Claim | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly tables: readonly TableInfo[];
}

const place = (letter: string, id?: number): Buffer => {
  const bytes = Buffer.alloc(id === undefined ? 7 : 11);
  bytes.write(letter, 6);
  if (id !== undefined) bytes.writeUInt32BE(id, 7);
  return bytes; // table 0, group 0
};

export const CLAIM = place('g');
export const CHECKPOINT = place('m');
export const placeOfTable = (id: number): Buffer => place('t', id);

const own = (): string => 'The catalogue of the store';
export const encodeOwn = (at: Buffer, value: unknown): Buffer => encodeEntry(at, value, own);
export const decodeOwn = (at: Buffer, bytes: Buffer | undefined): unknown => (bytes === undefined ? undefined : decodeEntry(at, bytes, own));

export const damaged = (what: string): DataError => new DataError('state-damaged', `${what} The store is damaged; go back to a savepoint, or begin anew without state.`);

/** Refuses what another version of the library wrote. */
export function readClaim(handle: Handle, at?: ReadTransaction): Claim | undefined {
  const claim = decodeOwn(CLAIM, handle.get(CLAIM, at)) as Claim | undefined; // its checksum says that it was written here
  if (claim !== undefined && claim.format !== FORMAT)
    throw new MillraceError('state-version', `The store is of format ${claim.format}; this version of the library reads format ${FORMAT}. Open it with the version that wrote it, take a savepoint, and start from that.`);
  return claim;
}

/** What was committed last. Throws `state-damaged` if it contradicts itself. */
export function readCatalogue(handle: Handle, at?: ReadTransaction): Catalogue {
  const claim = readClaim(handle, at);
  const checkpoint = decodeOwn(CHECKPOINT, handle.get(CHECKPOINT, at)) as Checkpoint | undefined;
  if ((claim?.checkpoint ?? 0) !== (checkpoint?.manifest.checkpoint ?? 0)) throw damaged(`The store names checkpoint ${claim?.checkpoint ?? 0} as its last and has ${checkpoint?.manifest.checkpoint ?? 'none'}.`);
  const tables: TableInfo[] = [];
  let sum = 0;
  const { end } = tableBounds(OWN);
  for (let from = placeOfTable(0), behind = false; ; behind = true) {
    const { rows, more } = handle.chunk(from, end, { behind, at });
    for (const [key, value] of rows) {
      const [step, name, count, total] = decodeOwn(key, value) as readonly [string, string, number, number];
      const stored = storedChecksum(value);
      tables.push({ id: key.readUInt32BE(7), step, name, count, sum: total, stored });
      sum = (sum + stored) % MODULUS;
    }
    const last = rows.at(-1);
    if (!more || last === undefined) break;
    [from] = last;
  }
  if (tables.length !== (checkpoint?.count ?? 0) || sum !== (checkpoint?.sum ?? 0)) throw damaged(`The last checkpoint has ${checkpoint?.count ?? 0} tables, the catalogue lists ${tables.length}, or others.`);
  return { claim, checkpoint, tables };
}

/** The number of the next new table. */
export const nextTable = ({ checkpoint }: Catalogue): number => checkpoint?.nextTable ?? FIRST_TABLE;
