/** A master log in memory, for views that are given no other: gone with the process, and as large as what was ingested. */
import { blockBuilder, eventsOf } from '../connectors/log/block.js';
import { DataError, MillraceError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';

/** Events per block. */
const BLOCK = 512;

export function memoryLog(name: string): MasterLog {
  let blocks: Uint8Array[] = [];
  let generation = 0;
  return {
    name,
    partitions: 1,
    async open(_, from) {
      const mine = ++generation;
      const begin = from?.[0] ?? blocks.length;
      if (begin > blocks.length) throw new DataError('log-missing', `View log "${name}" is in memory and ends at block ${blocks.length}; the job's checkpoint knows of block ${begin}. Give the view a log in a folder: \`log: masterLog('data/log')\`.`, begin);
      blocks = blocks.slice(0, begin);
      const builder = blockBuilder();
      const end = (): void => {
        if (mine !== generation) throw new MillraceError('fenced', `Log "${name}" was opened again; who had it open before may not write any more.`);
        if (builder.size > 0) blocks.push(builder.take());
      };
      const seal = (): LogPositions => {
        end();
        return [blocks.length];
      };
      return {
        get durable() {
          return [blocks.length];
        },
        append(_partition, value, time) {
          if (!builder.add(value, time)) {
            end();
            builder.add(value, time);
          }
          if (builder.size >= BLOCK) end();
        },
        seal,
        sync: async () => seal(),
        room: () => undefined,
        keep: async () => {},
        close: async () => {
          if (mine === generation) seal();
        },
      };
    },
    async *read(_, from, to) {
      for (let position = from; position < to; position++) {
        const block = blocks[position];
        if (block === undefined) throw new DataError('log-missing', `Log "${name}" has no block ${position}.`, position);
        yield { position, ...eventsOf(block, () => `Block ${position} of log "${name}"`) };
      }
    },
    end: async () => [blocks.length],
    // A job that begins anew begins with an empty one: nobody else has it.
    kept: async () => false,
  };
}
