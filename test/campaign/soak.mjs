/**
 * One process that runs job after job for a long time, with what goes wrong meanwhile: sinks that fail, stops, drains, crashes of the job, checkpoints on demand, and quiet phases. After each round it says what it holds: heap after a collection, open
 * descriptors, timers and other resources.
 */
import { readdirSync, rmSync } from 'node:fs';
import { Stream, count, run, tumbling } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { ndjsonParts } from 'millrace/files';

const { folder, minutes, seed } = JSON.parse(process.argv[2] ?? '{}');
let state = seed >>> 0;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const until = performance.now() + minutes * 60_000;
const phases = ['quiet', 'sink fails', 'stops', 'drains', 'checkpoints'];
for (let round = 0; performance.now() < until; round++) {
  const phase = phases[Math.floor(performance.now() / 5_000) % phases.length];
  const path = `${folder}/round-${round % 50}`;
  rmSync(path, { recursive: true, force: true });
  let failures = phase === 'sink fails' ? 3 : 0;
  for (let ended = false; !ended; ) {
    const sink = ndjsonParts(`${path}/out`);
    const faulty = {
      ...sink,
      async open(context) {
        const writer = await sink.open(context);
        return { ...writer, write: (values, times) => { if (failures > 0 && random() < 0.3) { failures--; throw new Error('the sink fails'); } return writer.write(values, times); } };
      },
    };
    const records = Stream.generate(i => ({ key: `k${(i * 7_919) % 2_000}`, at: i * 3 }), { count: 20_000, name: 'in' });
    const output = records.timestamps(r => r.at).keyBy(r => r.key).window(tumbling('2s')).aggregate(count(), { name: 'counts' }).to(faulty, { name: 'out' });
    try {
      const job = await run(output, { name: 'soak', state: lmdb(`${path}/state`), checkpoint: '20ms', onEvent: () => {} });
      const meanwhile = phase === 'stops' ? job.stop() : phase === 'drains' ? job.stop({ drain: true }) : phase === 'checkpoints' ? job.checkpoint() : undefined;
      await meanwhile?.catch(() => {});
      await job.done;
      ended = true;
    } catch {
      // Started again.
    }
  }
  globalThis.gc?.();
  await new Promise(resolve => setImmediate(resolve));
  globalThis.gc?.();
  if (round % 10 === 0) console.log(JSON.stringify({ at: performance.now(), heap: process.memoryUsage().heapUsed, fds: readdirSync('/proc/self/fd').length, resources: process.getActiveResourcesInfo().length, round }));
}
