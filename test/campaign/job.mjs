/**
 * The job that is killed. Reads NDJSON; keeps a running number and total per key and event-time windows; writes the first to files, the second to PostgreSQL (or files), both exactly once. Says on the third file descriptor, in one byte each,
 * when a checkpoint begins (`[`) and ends (`]`), when something was committed for the first time (`!`), and when it is done (`.`).
 */
import { Stream, count, run, sum, tumbling, type } from 'millrace';
import { ndjson, ndjsonParts } from 'millrace/files';
import { say } from './say.mjs';

const { input, folder, database, table, state = 'lmdb', every = '60', lease = '2s', dirty } = JSON.parse(process.argv[2] ?? '{}');

const backend = state === 'lmdb' ? (await import('millrace/lmdb')).lmdb(`${folder}/state`, { lease }) : (await import('millrace/testing/simulation')).diskState(`${folder}/state`);
const keyed = Stream.from(ndjson(input), { name: 'input' })
  .timestamps(row => row.at, { disorder: 500 })
  .keyBy(row => row.key);
const running = keyed
  .process({
    name: 'running',
    emits: type(),
    init: () => ({ n: 0, total: 0 }),
    onData(kept, row, context) {
      kept.n++;
      kept.total += row.amount;
      context.emit({ id: row.id, key: row.key, n: kept.n, total: kept.total });
    },
  })
  .to(ndjsonParts(`${folder}/running`), { name: 'files' });
const panes = keyed
  .window(tumbling('10s'))
  .aggregate({ n: count(), total: sum(row => row.amount) }, { name: 'windows' })
  .map(pane => ({ key: pane.key, start: pane.window.start, n: pane.value.n, total: pane.value.total }));
const windows =
  database === undefined
    ? panes.to(ndjsonParts(`${folder}/windows`), { name: 'windows-out' })
    : panes.to((await import('millrace/outbox')).outbox((await import('millrace/postgres')).postgres({ connection: database, table, columns: ['key', 'start', 'n', 'total'] })), { name: 'windows-out' });

let told = false;
try {
  const job = await run([running, windows], {
    name: 'campaign',
    state: backend,
    checkpoint: { every: Number(every), ...(dirty === undefined ? {} : { maxDirty: dirty }) },
    onEvent(event) {
      if (event.kind === 'checkpoint-started') say('[');
      if (event.kind === 'checkpoint-completed') {
        say(']');
        if (!told) say('!');
        told = true;
      }
      if (event.kind === 'checkpoint-failed') console.error(String(event.error));
    },
  });
  await job.done;
  say('.');
} catch (error) {
  console.error(String(error?.stack ?? error));
  process.exitCode = error?.code === 'fenced' || error?.cause?.code === 'fenced' || /fenced|may not/.test(String(error)) ? 3 : 2;
}
