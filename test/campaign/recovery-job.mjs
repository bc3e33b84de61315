/**
 * The job whose recovery is measured: a running number and total for each of many keys, into files. Its input is a function of the number of a record and has no end unless told; every key comes once, as fast as can be, and
 * what follows comes at an even pace. Says on the third file descriptor what job.mjs says; `!` when the first checkpoint with records of this process is visible and all keys are kept.
 */
import { Stream, run, type } from 'millrace';
import { ndjsonParts } from 'millrace/files';
import { lmdb } from 'millrace/lmdb';
import { say } from './say.mjs';

const { folder, keys, records = Number.POSITIVE_INFINITY, every, lease } = JSON.parse(process.argv[2] ?? '{}');
/** Records at a time, and milliseconds between: 20,000 a second. */
const BATCH = 100;
const PAUSE = 5;

/** As recovery.ts has it: every key once, then again, each time in an order in which neighbours are far from each other. */
const recordOf = id => ({ id, key: `k${(id * 7_919) % keys}`, amount: id % 997 });

let last = -1;
const source = {
  name: 'numbers',
  replayable: true,
  splits: () => ['all'],
  open(_, from) {
    let next = from === undefined ? 0 : from;
    return {
      async read(max) {
        if (next >= records) return 'end';
        if (next >= keys) await new Promise(resolve => setTimeout(resolve, PAUSE));
        const values = Array.from({ length: Math.min(max, next < keys ? max : BATCH, records - next) }, (_, i) => recordOf(next + i));
        next += values.length;
        return { values, position: next };
      },
      close() {},
    };
  },
};

const output = Stream.from(source, { name: 'input' })
  .keyBy(row => row.key)
  .process({
    name: 'running',
    emits: type(),
    init: () => ({ n: 0, total: 0 }),
    onData(kept, row, context) {
      kept.n++;
      kept.total += row.amount;
      last = row.id;
      context.emit({ id: row.id, key: row.key, n: kept.n, total: kept.total });
    },
  })
  .to(ndjsonParts(`${folder}/running`), { name: 'files' });

let told = false;
try {
  const job = await run(output, {
    name: 'recovery',
    state: lmdb(`${folder}/state`, { lease }),
    checkpoint: { every },
    onEvent(event) {
      if (event.kind === 'checkpoint-started') say('[');
      if (event.kind === 'checkpoint-completed') {
        say(']');
        if (!told && last >= keys) {
          told = true;
          say('!');
        }
      }
      if (event.kind === 'checkpoint-failed') console.error(String(event.error));
    },
  });
  await job.done;
  say('.');
} catch (error) {
  console.error(String(error?.stack ?? error));
  process.exitCode = 2;
}
