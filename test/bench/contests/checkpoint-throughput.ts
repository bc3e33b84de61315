/**
 * What checkpoints take from a job whose every dirty key had 20 updates since the last one: the same job with the same state on the disk, and no checkpoint until its end. Once with records that come as
 * lines of JSON, as from a file or a broker, and once with records that cost nothing: a checkpoint's share depends on what a record costs otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, Stream, type, type Job } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { contest } from '../kit/contest.js';
import { each } from '../kit/sinks.js';

const KEYS = 20_000;
const UPDATES = 20;
const CHECKPOINTS = 5;
const FOLDER = mkdtempSync(join(process.env['MILLRACE_BENCH_FOLDER'] ?? tmpdir(), 'millrace-bench-'));
const names = Array.from({ length: KEYS }, (_, i) => `key-${i}`);
let turns = 0;

/** Rounds over all keys; each round has them in another order. */
function* numbers(ask: () => void): Generator<number> {
  for (let round = 0; round < UPDATES * CHECKPOINTS; round++) {
    if (round > 0 && round % UPDATES === 0) ask();
    for (let i = 0; i < KEYS; i++) yield (i * 7_919 + round) % KEYS;
  }
}

interface Record {
  readonly key: string;
  readonly amount: number;
}
const line = ({ key, amount }: Record): string => JSON.stringify({ id: amount * 7, key, amount, at: '2026-01-01T00:00:00Z', kind: 'order', items: [{ sku: key, count: 1 }] });
const lines = Array.from({ length: KEYS }, (_, i) => line({ key: names[i] ?? '', amount: i % 100 }));

async function side(checkpoints: boolean, parsed: boolean): Promise<readonly number[]> {
  const folder = join(FOLDER, `turn-${turns++}`);
  const running: { job?: Job } = {};
  let taken = 0;
  let total = 0;
  let seen = 0;
  const output = Stream.from(numbers(() => void (checkpoints && running.job?.checkpoint())), { name: 'records' })
    .map(i => (parsed ? (JSON.parse(lines[i] ?? '') as Record) : { key: names[i] ?? '', amount: i % 100 })) // what `line` made
    .keyBy(({ key }) => key)
    .process({
      name: 'running',
      emits: type<number>(),
      init: () => ({ count: 0, total: 0 }),
      onData(kept, { amount }, context) {
        kept.count++;
        kept.total += amount;
        context.emit(kept.total);
      },
    })
    .to(each((sum: number) => ((total += sum), seen++)), { name: 'out' });
  running.job = await run([output], {
    name: 'bench',
    state: lmdb(folder),
    onEvent: ({ kind }) => void (kind === 'checkpoint-completed' && taken++),
  });
  await running.job.done;
  if (checkpoints && taken < CHECKPOINTS) throw new Error(`${taken} checkpoints`);
  rmSync(folder, { recursive: true, force: true });
  return [total, seen];
}

for (const parsed of [true, false])
  await contest({
    name: `keyed sums of ${parsed ? 'lines of JSON' : 'ready records'} with a checkpoint every ${(KEYS * UPDATES) / 1_000} k, 20 updates per dirty key`,
    rival: 'the same without checkpoints but the last',
    goal: 0.9,
    ours: () => side(true, parsed),
    theirs: () => side(false, parsed),
  });
rmSync(FOLDER, { recursive: true, force: true });
