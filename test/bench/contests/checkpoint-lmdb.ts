/** What a checkpoint on the disk costs: against a bare transaction of the same entries, with ten times more keys beside it, and in holds of the event loop. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as bare from 'lmdb';
import { lmdb } from 'millrace/lmdb';
import { systemClock, systemEnvironment } from '../../../src/core/clock.js';
import type { StateStore } from '../../../src/core/state.js';
import { murmur2 } from '../../../src/state/key-group.js';
import { summary } from '../kit/contest.js';
import { report } from '../kit/report.js';

const DIRTY = 200_000;
const KEYS = 1_000_000;
/** Milliseconds of work between two turns of the host. */
const BUDGET = 10;
const FOLDER = mkdtempSync(join(process.env['MILLRACE_BENCH_FOLDER'] ?? tmpdir(), 'millrace-bench-'));

interface Value {
  count: number;
  total: number;
  last: string;
}
const valueOf = (i: number, round: number): Value => ({ count: i, total: i * 1.5, last: `order ${round}` });

/** Says stop when a turn has lasted for its budget. */
function pacing(): { go(): boolean } {
  let until = 0;
  let looks = 0;
  return {
    go() {
      if (++looks % 64 !== 0) return true;
      const now = performance.now();
      if (until === 0) until = now + BUDGET;
      if (now < until) return true;
      until = 0;
      return false;
    },
  };
}
const environment = { ...systemEnvironment(new AbortController().signal), clock: systemClock };
const collectGarbage = (globalThis as { gc?: () => void }).gc ?? ((): void => {}); // there under --expose-gc
let checkpoint = 0;
const commit = (store: StateStore): Promise<unknown> =>
  store.commit({ job: 'bench', generation: store.generation, checkpoint: ++checkpoint, plan: [], positions: {}, watermarks: {}, committables: {} }, pacing());

/** A store of so many keys. */
async function filled(name: string, keys: number): Promise<StateStore> {
  const store = await lmdb(join(FOLDER, name)).open('bench', environment);
  const table = store.table<Value>('step', 'table');
  for (let i = 0; i < keys; i += DIRTY) {
    for (let j = i; j < i + DIRTY && j < keys; j++) table.set(`key-${j}`, valueOf(j, 0));
    await commit(store);
  }
  return store;
}

/** Every fifth key changed, as many as `DIRTY`. */
function change(store: StateStore, keys: number, round: number): void {
  const table = store.table<Value>('step', 'table');
  for (let i = 0; i < DIRTY; i++) {
    const key = `key-${(i * 5) % keys}`;
    const value = table.edit(key);
    if (value === undefined) table.set(key, valueOf(i, round));
    else Object.assign(value, valueOf(i, round));
  }
}

const longest = { ms: 0 };
async function watched<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => (over = true));
  let last = performance.now();
  while (!over) {
    await new Promise(resolve => setImmediate(resolve));
    const now = performance.now();
    longest.ms = Math.max(longest.ms, now - last);
    last = now;
  }
  return done;
}

const store = await filled('ours', KEYS);
mkdirSync(join(FOLDER, 'bare'));
const rival = bare.open<Value, string>({ path: join(FOLDER, 'bare'), encoding: 'json', overlappingSync: false });
for (let i = 0; i < KEYS; i += DIRTY) await rival.transaction(() => { for (let j = i; j < i + DIRTY; j++) void rival.put(`key-${j}`, valueOf(j, 0)); });

/** The rival writes what we write, in the same order, with the same pauses. */
async function bareTransaction(round: number): Promise<void> {
  await rival.transaction(async () => {
    const pace = pacing();
    for (let i = 0; i < DIRTY; i++) {
      void rival.put(`key-${(i * 5) % KEYS}`, valueOf(i, round));
      if (!pace.go()) await new Promise(resolve => setImmediate(resolve));
    }
  });
}
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  collectGarbage();
  const start = performance.now();
  await work();
  return performance.now() - start;
};

const holds: number[] = [];
const pairs: { readonly ours: number; readonly theirs: number }[] = [];
for (let round = 0; round < 4; round++) {
  change(store, KEYS, round);
  longest.ms = 0;
  const ours = await timed(() => watched(commit(store)));
  holds.push(longest.ms);
  pairs.push({ ours, theirs: await timed(() => watched(bareTransaction(round))) });
}
pairs.shift(); // which warms both up
report({
  name: `commit of ${DIRTY / 1_000} k of ${KEYS / 1_000} k entries`,
  rival: 'a bare lmdb transaction of JSON values (allowed 1.5 times its time)',
  goal: 1,
  ...summary(pairs.map(({ ours, theirs }) => (1.5 * theirs) / ours)),
  detail: `${pairs.map(({ ours, theirs }) => `${ours.toFixed(0)} against ${theirs.toFixed(0)}`).join('; ')} ms`,
});
report({ name: 'longest hold of the event loop during those commits', rival: '20 ms', goal: 1, ...summary(holds.slice(1).map(ms => 20 / ms)), detail: `${holds.slice(1).map(ms => ms.toFixed(1)).join(', ')} ms, garbage collection included` });

// The same number of changes with a tenth of the keys, and with all of them. A B-tree's cost follows the pages that are touched: with ten times more keys the changed ones, spread by a hash, lie on nearly ten
// times more pages. So the bare package does the same, with keys spread in the same way, and our growth is compared with its.
const FEW = 20_000;
const small = await filled('small', KEYS / 10);
const spread = (i: number): string => `${murmur2(Buffer.from(`key-${i}`)).toString(16).padStart(8, '0')} ${i}`;
const open: { close(): Promise<void> }[] = [];
async function bareSpread(name: string, keys: number): Promise<(round: number) => Promise<void>> {
  mkdirSync(join(FOLDER, name));
  const root = bare.open<Value, string>({ path: join(FOLDER, name), encoding: 'json', overlappingSync: false });
  await root.transaction(() => { for (let i = 0; i < keys; i++) void root.put(spread(i), valueOf(i, 0)); });
  // Sorted, as ours are.
  const places = Array.from({ length: FEW }, (_, i) => spread(i)).sort();
  open.push(root);
  return round => root.transaction(() => { for (const [i, place] of places.entries()) void root.put(place, valueOf(i, round)); });
}
const bareSides = [await bareSpread('bare-small', KEYS / 10), await bareSpread('bare-large', KEYS)] as const;
const ratios: number[] = [];
const shown: string[] = [];
for (let pair = 0; pair < 8; pair++) {
  const taken: number[] = [];
  for (const [of, keys] of [[small, KEYS / 10], [store, KEYS]] as const) {
    const table = of.table<Value>('step', 'table');
    for (let i = 0; i < FEW; i++) Object.assign(table.edit(`key-${i}`) ?? {}, { count: pair * i + keys });
    taken.push(await timed(() => commit(of)));
  }
  for (const side of bareSides) taken.push(await timed(() => side(pair)));
  if (pair === 0) continue;
  const [ourFew = 1, ourMany = 1, theirFew = 1, theirMany = 1] = taken;
  ratios.push((1.3 * theirMany * ourFew) / (theirFew * ourMany));
  shown.push(taken.map(ms => ms.toFixed(0)).join(' '));
}
report({ name: `growth of a commit of ${FEW / 1_000} k entries from 100 k keys to 1 M`, rival: 'growth of the same in bare lmdb (allowed 1.3 times it)', goal: 1, ...summary(ratios), detail: `${shown.join('; ')} ms (ours with fewer, with more; bare with fewer, with more)` });
for (const root of open) await root.close();
await small.close();
await store.close();
await rival.close();
rmSync(FOLDER, { recursive: true, force: true });
