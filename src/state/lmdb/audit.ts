/**
 * Is what a store has what was committed? All its entries go by, in order: each is held against its checksum, every table against the number of its entries and the sum of their checksums, and nothing else may
 * be there. What a bit that flipped, a page from another time or an editor changed shows as one of these.
 */
import { causeText, DataError } from '../../core/errors.js';
import { isWhole, isWholeAt, storedChecksum } from '../codec.js';
import { entryTitle, tableTitle, type TableInfo } from './base.js';
import { CHECKPOINT, CLAIM, damaged, decodeOwn, MODULUS, OWN, type Checkpoint, type Claim } from './catalogue.js';
import { diskEntry, isCut, HEAD, mayBeCut } from './disk-key.js';
import type { PageEntry } from './pages.js';

/** What was looked at. */
export interface Audited {
  /** Number of the checkpoint, 0 if there is none. */
  readonly checkpoint: number;
  readonly tables: number;
  readonly entries: number;
  /** Of keys and values. */
  readonly bytes: number;
}

export interface Audit {
  /** The next entry. Throws `state-damaged`. */
  take(entry: PageEntry): void;
  /** That was all. Throws `state-damaged` if something is missing. */
  end(): Audited;
}

interface Sums extends TableInfo {
  seen: number;
  total: number;
}

/** The places in a store are in order, and those of its own entries come first. */
export function audit(): Audit {
  let claim: Claim | undefined;
  let checkpoint: Checkpoint | undefined;
  const tables = new Map<number, Sums>();
  let sum = 0;
  let entries = 0;
  let bytes = 0;
  let current: Sums | undefined;

  const own = (place: Buffer, value: Buffer): void => {
    const decoded = decodeOwn(place, value);
    if (place.equals(CLAIM)) claim = decoded as Claim; // its checksum says that it was written here, here and below
    else if (place.equals(CHECKPOINT)) checkpoint = decoded as Checkpoint;
    else if (place.length === 11 && place[HEAD] === 0x74) {
      const [step, name, count, total] = decoded as readonly [string, string, number, number];
      const stored = storedChecksum(value);
      sum = (sum + stored) % MODULUS;
      tables.set(place.readUInt32BE(7), { id: place.readUInt32BE(7), step, name, count, sum: total, stored, seen: 0, total: 0 });
    } else throw damaged(`The catalogue of the store has an entry that is none (${place.toString('hex').slice(0, 80)}).`);
  };
  return {
    take({ keys, key, keyEnd, values, value, valueEnd }) {
      const length = keyEnd - key;
      if (length <= HEAD) throw damaged(`There is an entry at what is no key (${keys.toString('hex', key, keyEnd)}).`);
      const id = keys.readUInt32BE(key);
      bytes += length + valueEnd - value;
      if (id === OWN) return own(keys.subarray(key, keyEnd), values.subarray(value, valueEnd));
      if (current?.id !== id) current = tables.get(id);
      if (current === undefined) throw damaged(`There is an entry of a table (${id}) that the last checkpoint does not have.`);
      entries++;
      current.seen++;
      const stored = mayBeCut(length) ? checked(current, keys.subarray(key, keyEnd), values.subarray(value, valueEnd)) : isWholeAt(keys, key, keyEnd, values, value, valueEnd) ? storedChecksum(values, value) : undefined;
      if (stored === undefined) {
        const { key: ofKey, sub } = read(current, keys.subarray(key, keyEnd), values.subarray(value, valueEnd));
        throw new DataError('state-damaged', `${tableTitle(current)}, ${entryTitle(ofKey, sub)}: the entry is not as it was written. The store is damaged; go back to a savepoint, or begin anew without state.`);
      }
      current.total = (current.total + stored) % MODULUS;
    },
    end() {
      if ((claim?.checkpoint ?? 0) !== (checkpoint?.manifest.checkpoint ?? 0)) throw damaged(`The store names checkpoint ${claim?.checkpoint ?? 0} as its last and has ${checkpoint?.manifest.checkpoint ?? 'none'}.`);
      if (tables.size !== (checkpoint?.count ?? 0) || sum !== (checkpoint?.sum ?? 0)) throw damaged(`The last checkpoint has ${checkpoint?.count ?? 0} tables, the catalogue lists ${tables.size}, or others.`);
      for (const table of tables.values())
        if (table.seen !== table.count || table.total !== table.sum) throw damaged(`${tableTitle(table)} has ${table.seen} entries, the last checkpoint ${table.count === table.seen ? 'others' : table.count}.`);
      return { checkpoint: checkpoint?.manifest.checkpoint ?? 0, tables: tables.size, entries, bytes };
    },
  };
}

/** The checksum of an entry whose place may lack a part of its key; `undefined`: it is not as it was written. */
function checked(info: TableInfo, place: Buffer, value: Buffer): number | undefined {
  const { entry, logical } = isCut(place) ? read(info, place, value) : { entry: value, logical: place };
  return isWhole(logical, entry) ? storedChecksum(entry) : undefined;
}

function read(info: TableInfo, place: Buffer, value: Buffer): ReturnType<typeof diskEntry> {
  try {
    return diskEntry(place, value);
  } catch (cause) {
    throw new DataError('state-damaged', `${tableTitle(info)}: there is an entry at what is no key (${causeText(cause)}). The store is damaged; go back to a savepoint, or begin anew without state.`, undefined, { cause });
  }
}
