/**
 * Runs the small job of `corrupt` in this process, once for each message: `{ folder, to, from? }` goes on from what is in the folder and takes the records up to `to`; it answers whether it did, or how it was refused.
 * `{ folder, make, copies }` makes what is damaged: a checkpoint at each of the records `make`, the folder copied after each.
 * Records are numbers from 1 on; state is a running number and sum per key; a timer says both at the end; the position is the number of the last record.
 */
import { cpSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stream, run, type } from 'millrace';
import { ndjsonParts } from 'millrace/files';
import { lmdb } from 'millrace/lmdb';

const KEYS = 12;
let limit = 0;
let seen = 0;

const numbers = whole => ({
  name: 'numbers',
  replayable: true,
  watermarks: true,
  splits: () => ['0'],
  open(_split, from = 0) {
    let at = from;
    return {
      async read(max) {
        if (at >= limit) {
          if (whole) return 'end';
          await sleep(5);
          return 'idle';
        }
        const values = Array.from({ length: Math.min(max, limit - at) }, (_, i) => at + i + 1);
        at += values.length;
        return { values, times: values.map(n => n * 10), position: at };
      },
      close() {},
    };
  },
});

const jobOf = (folder, whole) =>
  Stream.from(numbers(whole), { name: 'numbers' })
    .keyBy(n => `key-${n % KEYS}`)
    .process({
      name: 'running',
      emits: type(),
      init: () => ({ n: 0, total: 0 }),
      onData(state, n, context) {
        seen = n;
        state.n++;
        state.total += n;
        context.emit({ id: n, n: state.n, total: state.total });
        context.timer('end', 1e12);
      },
      onTimer(state, _timer, context) {
        context.emit({ id: `end of ${context.key}`, n: state.n, total: state.total });
      },
    })
    .to(ndjsonParts(`${folder}/out`), { name: 'out' });

const start = (folder, whole, more = {}) => run([jobOf(folder, whole)], { name: 'small', state: lmdb(`${folder}/state`, { lease: '100ms' }), ...more });

process.on('message', message => void work(message));

async function work({ folder, to, make, copies, from }) {
  try {
    if (make === undefined) {
      limit = to;
      await (await start(folder, true, from === undefined ? {} : { from })).done;
    } else {
      const job = await start(folder, false);
      for (const [index, record] of make.entries()) {
        limit = record;
        while (seen < record) await sleep(5);
        await job.checkpoint();
        cpSync(folder, copies[index], { recursive: true });
        await job.savepoint(`${copies[index]}.savepoint`).catch(() => {}); // where there are none yet
      }
      await job.stop();
    }
    process.send({ done: true });
  } catch (error) {
    let code;
    for (let at = error; at !== undefined && at !== null && code === undefined; at = at.cause) if (typeof at.code === 'string') ({ code } = at);
    process.send({ refused: code ?? error?.name ?? 'nothing', text: String(error?.message ?? error).slice(0, 400) });
  }
}
