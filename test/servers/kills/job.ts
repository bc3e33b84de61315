/** The job that is killed: numbers, counted by key, into PostgreSQL exactly once. Arguments: connection string, folder of the state, how many numbers, method. Says `running` once it is. */
import { Stream, type Source } from 'millrace';
import { outbox } from 'millrace/outbox';
import { postgres } from 'millrace/postgres';
import { fileState } from './file-state.js';

const [, , connection = '', folder = '', count = '0', method = 'insert'] = process.argv;
const total = Number(count);

/** Some thousand a second, so that there is time to die in. */
const numbers: Source<number> = {
  name: 'numbers',
  replayable: true,
  splits: () => ['all'],
  open(_split, from, { clock }) {
    let next = typeof from === 'number' ? from : 0;
    return {
      async read(max, signal) {
        if (next >= total) return 'end';
        await clock.sleep(1, signal);
        const values = Array.from({ length: Math.min(max, 40, total - next) }, (_, i) => next + i);
        next += values.length;
        return { values, position: next };
      },
      close() {},
    };
  },
};

const job = await Stream.from(numbers, { name: 'numbers' })
  .keyBy(id => id % 7)
  .scan(() => ({ count: 0, id: 0 }), (state, id) => ({ count: state.count + 1, id }), { name: 'counts' })
  .to(outbox(postgres({ connection, table: 'counts', columns: { key: r => r.key, id: r => r.value.id, count: r => r.value.count }, method: method === 'copy' ? 'copy' : 'insert' })), { name: 'out' })
  .run({ name: 'kills', state: fileState(folder), checkpoint: '20ms' });
process.stdout.write('running\n');
await job.done;
