/** A job with much state for each of many keys, on the disk or in memory. Writes what it did as a line of JSON: how long it took, what came out as one number, and how much the heap holds at the end. */
import { Stream, memory, run, type } from 'millrace';
import { lmdb } from 'millrace/lmdb';

const { folder, keys, records, recent, entries } = JSON.parse(process.argv[2] ?? '{}');

/** As larger.ts has it: every key once, then any of them. */
const keyOf = id => (id < keys ? id : (Math.imul(id, 0x9e3779b1) >>> 0) % keys);
let sum = 0;
let seen = 0;
let held = 0;
let looking = 0;
/** What the heap holds when all keys are there. */
const look = () => {
  const since = performance.now();
  globalThis.gc();
  held = process.memoryUsage().heapUsed / 2 ** 20;
  looking = performance.now() - since;
};
const output = Stream.generate(id => `{"id":${id},"key":"customer-${keyOf(id)}","amount":${(id * 31) % 1_000}}`, { count: records, name: 'lines' })
  .map(line => JSON.parse(line))
  .keyBy(row => row.key)
  .process({
    name: 'recent',
    emits: type(),
    init: () => ({ n: 0, total: 0, recent: Array.from({ length: recent }, () => 0) }),
    onData(kept, { id, amount }, context) {
      if (id === records - 1 && globalThis.gc !== undefined) look();
      kept.n++;
      kept.total += amount;
      kept.recent.push(amount);
      context.emit(kept.n * 7 + kept.total + kept.recent.shift());
    },
  })
  .to({
    name: 'sum',
    guarantee: 'append',
    open: () => ({
      write(values) {
        for (const value of values) sum += value;
        seen += values.length;
      },
      flush() {},
      close() {},
    }),
  }, { name: 'sum' });

const since = performance.now();
const job = await run(output, { name: 'larger', ...(folder === undefined ? { state: memory() } : { state: lmdb(folder, { cache: { entries } }), checkpoint: { maxDirty: entries } }) });
await job.done;
const ms = performance.now() - since - looking;
console.log(JSON.stringify({ ms, sum, seen, held, most: process.resourceUsage().maxRSS / 1_024 }));
