/** A view in a process of its own, and the module its workers begin with. It does what `HITS_WHAT` says in `HITS_FOLDER` (a worker has the environment, not the arguments) and tells what came of it as JSON. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { Stream, run, sum, type Stream as StreamOf } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { masterLog } from 'millrace/log';
import { batchWorker, buildBatch, lambda } from 'millrace/views';

interface Hit {
  readonly url: string;
  readonly at: number;
  readonly n: number;
}

const HOUR = 3_600_000;
const { HITS_FOLDER: folder = '.', HITS_WHAT: what = '' } = process.env;
export const log = masterLog(join(folder, 'log'), { partitions: 2, segmentBytes: 20_000 });
export const definition = {
  key: (hit: Hit): string => {
    if (hit.n === 13 && what === 'throw') throw new Error('thirteen');
    return hit.url;
  },
  every: '1h',
  aggregate: sum((hit: Hit) => hit.n),
} as const;
batchWorker(what === 'other' && !isMainThread ? { ...definition, every: '2h' } : definition, log);

const module = import.meta.url;
const hits = Array.from({ length: 20_000 }, (_, i): Hit => ({ url: `/${(i * 7) % 301}`, at: (i % 50) * HOUR + i, n: i % 20 }));
/** A job's state on the disk can be asked only while it runs. */
async function* endless(): AsyncGenerator<Hit, void> {
  yield* hits;
  await new Promise<never>(() => {});
}
const events = (all: readonly Hit[] | AsyncIterable<Hit>): StreamOf<Hit> => Stream.from(all as AsyncIterable<Hit>, { name: 'in' }).timestamps(hit => hit.at, { name: 'times' });
const ALL = { from: 0, to: 50 * HOUR };
const versions = (name: string): string => join(folder, name);
const answers = async (view: { query(key: string, range: typeof ALL): Promise<{ readonly value: number; readonly gaps: readonly unknown[] }> }): Promise<unknown> => {
  const { value, gaps } = await view.query('/7', ALL);
  return { value, gaps: gaps.length };
};

/** The last hit is in. */
const allIn = async (view: { query(key: string, range: typeof ALL): Promise<{ readonly value: number }> }): Promise<void> => {
  const { url: last = '' } = hits.at(-1) ?? {};
  const expected = hits.reduce((sum, { url, n }) => sum + (url === last ? n : 0), 0);
  while ((await view.query(last, ALL)).value !== expected) await new Promise(resolve => setImmediate(resolve));
};

async function act(): Promise<unknown> {
  const common = { ...definition, log, share: 1, memory: 20_000 };
  const state = lmdb(join(folder, 'state'));
  switch (what) {
    case 'ingest': {
      const view = lambda('hits', events(endless()), { ...common, folder: versions('job') });
      const job = await run([...view.outputs], { name: 'site', state, checkpoint: '1h' });
      await allIn(view);
      await view.publish();
      const threaded = lambda('hits', events([]), { ...common, log: masterLog(join(folder, 'nothing')), folder: versions('nothing'), batch: { module, workers: 2 } });
      const told = { ...((await answers(view)) as object), manifest: (await view.versions())[0], outputs: threaded.outputs.length };
      await job.stop();
      return told;
    }
    // The state is gone: the version that was built goes on.
    case 'adopt': {
      const view = lambda('hits', events([]), { ...common, folder: versions('built'), rebuild: true });
      const job = await run([...view.outputs], { name: 'site', state, checkpoint: '1h' });
      await view.adopt(1);
      const told = await answers(view);
      await job.stop();
      return told;
    }
    // A running view whose versions are computed by workers.
    case 'publish': {
      await rm(join(folder, 'state2'), { recursive: true, force: true });
      const view = lambda('hits', events(endless()), { ...common, folder: versions('threads'), rebuild: true, batch: { module, workers: 2 } });
      const job = await run([...view.outputs], { name: 'site', state: lmdb(join(folder, 'state2')), checkpoint: '1h' });
      await allIn(view);
      const { manifest } = await view.publish();
      const told = { events: manifest.events, ...((await answers(view)) as object) };
      await job.stop();
      return told;
    }
    case 'abort': {
      const over = new AbortController();
      return buildBatch('hits', { ...common, folder: versions('aborted'), module, workers: 2, signal: over.signal, onProgress: () => over.abort(new Error('enough')) });
    }
    case 'silent':
      return buildBatch('hits', { ...common, folder: versions('silent'), module: new URL('data:text/javascript,'), workers: 2 });
    case 'build':
    case 'build-in-workers':
    case 'throw':
    case 'other':
      return buildBatch('hits', { ...common, folder: versions(what === 'build' ? 'built' : what), ...(what === 'build' ? {} : { module, workers: 3 }) });
    default:
      throw new Error(`There is no "${what}".`);
  }
}

if (isMainThread)
  act().then(
    found => process.stdout.write(JSON.stringify({ found })),
    (error: Error & { readonly code?: string; readonly cause?: Error }) => process.stdout.write(JSON.stringify({ code: error.code ?? null, message: error.message, stack: error.cause?.stack ?? '' })),
  );
