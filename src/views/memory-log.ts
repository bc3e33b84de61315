/** A master log in memory, for views that are given no other: gone with the process, and as large as what was ingested. */
import { encodeValue, decodeValue } from '../core/encoding.js';
import { DataError, MillraceError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Time } from '../core/values.js';

/** Events per block. */
const BLOCK = 512;

interface Block {
  readonly bytes: readonly Uint8Array[];
  readonly times: readonly Time[];
}

export function memoryLog(name: string): MasterLog {
  let blocks: Block[] = [];
  let first = 0;
  let generation = 0;
  return {
    name,
    partitions: 1,
    async open(_, from = [0]) {
      const mine = ++generation;
      const end = from[0] ?? 0;
      if (end > first + blocks.length) throw new DataError('log-missing', `View log "${name}" is in memory and ends at block ${first + blocks.length}; the job's checkpoint knows of block ${end}. Give the view a log in a folder: \`log: masterLog('data/log')\`.`, end);
      blocks = blocks.slice(0, Math.max(0, end - first));
      let bytes: Uint8Array[] = [];
      let times: Time[] = [];
      const seal = (): LogPositions => {
        if (mine !== generation) throw new MillraceError('fenced', `Log "${name}" was opened again; who had it open before may not write any more.`);
        if (times.length > 0) blocks.push({ bytes, times });
        bytes = [];
        times = [];
        return [first + blocks.length];
      };
      return {
        get durable() {
          return [first + blocks.length];
        },
        append(_partition, value, time) {
          bytes.push(encodeValue(value, () => 'An event for the log'));
          times.push(time);
          if (times.length >= BLOCK) seal();
        },
        seal,
        sync: async () => seal(),
        room: () => undefined,
        async trim([before = 0]) {
          blocks = blocks.slice(Math.max(0, before - first));
          first = Math.max(first, before);
        },
        close: async () => {
          if (mine === generation) seal();
        },
      };
    },
    async *read(_, from, to) {
      if (from < first) throw new DataError('log-missing', `Log "${name}" has no block ${from}; its oldest is ${first}.`, from);
      for (let position = from; position < to; position++) {
        const block = blocks[position - first];
        if (block === undefined) throw new DataError('log-missing', `Log "${name}" has no block ${position}.`, position);
        yield { position, values: block.bytes.map(decodeValue), times: block.times };
      }
    },
    bounds: async () => ({ first: [first], next: [first + blocks.length] }),
  };
}
