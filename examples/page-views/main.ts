/** Page views, the classic: a batch view and a speed view behind one question, right before, while and after a version is published; then changed code, computed from the same log. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { Stream, count, run } from 'millrace';
import { masterLog } from 'millrace/log';
import { kappa, lambda } from 'millrace/views';

interface Hit {
  readonly url: string;
  readonly at: number;
  readonly robot: boolean;
}
const HOUR = 3_600_000;
const day = { from: 0, to: 24 * HOUR };
const ingested: Hit[] = [];
/** The same by hand, over an array. */
const byHand = (url: string, counts: (hit: Hit) => boolean = () => true): number => ingested.filter(hit => hit.url === url && counts(hit)).length;

const folder = await mkdtemp(join(tmpdir(), 'page-views-'));
const input = new Subject<Hit>();
const hits = Stream.from(input, { name: 'hits' }).timestamps(hit => hit.at);
const log = masterLog(join(folder, 'log'));
const views = lambda('views', hits, { key: hit => hit.url, every: '1h', aggregate: count(), log, folder: join(folder, 'views') });
const people = kappa('people', hits, { key: hit => hit.url, every: '1h', aggregate: count(), log });
const job = await run([...views.outputs, ...people.outputs], { name: 'page-views', checkpoint: '1s' });

/** Hits of some hours, not in order. */
async function ingest(from: number, to: number): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    const hit = { url: i % 3 === 0 ? '/docs' : '/', at: (from + ((i * 7) % (to - from))) * HOUR, robot: i % 10 === 0 };
    ingested.push(hit);
    input.next(hit);
  }
  // In the job's turn, so behind the hits.
  await (await views.snapshot()).release();
}
async function show(when: string): Promise<void> {
  const { value, gaps } = await views.query('/', day);
  console.log(`${when}: ${value} (by hand ${byHand('/')}), ${gaps.length} gaps`);
}

await ingest(0, 12);
await show('before');
const publishing = views.publish();
await ingest(6, 18); // late ones among them, while the batch view is computed
await show('meanwhile');
const { manifest, reconciled } = await publishing;
await show('after');
console.log(`version ${manifest.version} is there; ${reconciled?.differ} of ${reconciled?.rows} rows differ from what was answered before`);
console.log((await views.top(2, day)).value.map(({ key, value }) => `${key} ${value}`).join(', '));

// Robots should not count: new code, from the same log, beside the old.
const next = people.replay({ filter: hit => !hit.robot });
await next.caughtUp;
const { differ, rows } = await next.diff();
const before = (await people.query('/', day)).value;
await next.swap();
console.log(`without robots: ${differ} of ${rows} rows differ; / has ${(await people.query('/', day)).value} (by hand ${byHand('/', hit => !hit.robot)}) instead of ${before}`);

await job.stop();
await rm(folder, { recursive: true });
