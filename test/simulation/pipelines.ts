/**
 * What is simulated: small jobs of every kind, each with the truth as plain array code, which knows nothing of the library. A seed makes the records; the truth says what readers must see at the end, and what they
 * may see at any step before.
 */
import { Stream, count, hopping, session, sum, tumbling, type, type Output } from 'millrace';
import { ndjsonParts } from 'millrace/files';
import { writeAheadLog } from 'millrace/log';
import { outbox } from 'millrace/outbox';
import type { Scripted, Simulation } from 'millrace/testing/simulation';
import { seeded } from '../../src/testing/random.js';

/** One record of the generated input. `n` counts the records of a key, from 1. */
export interface Event {
  readonly key: string;
  readonly n: number;
  readonly id: string;
  readonly amount: number;
  readonly at: number;
}

export interface SimulatedJob {
  readonly name: string;
  build(sim: Simulation): Output | readonly Output[];
  /** Throws if readers see what they must not see, at any step. */
  invariant?(sim: Simulation): void;
  /** Throws unless they see, at the end, what they must see. */
  check(sim: Simulation): void;
}

/** Keys of one split are of that split alone, so the order of each key is that of its split. Times of a split go up and down within `DISORDER`. */
const DISORDER = 40;
export interface Input {
  readonly splits: readonly (readonly Scripted<Event>[])[];
  readonly all: readonly Scripted<Event>[];
}
export function inputOf(seed: number, salt = 0): Input {
  const random = seeded(seed * 31 + salt);
  const pick = (below: number): number => Math.floor(random() * below);
  const splits = Array.from({ length: 1 + pick(3) }, (_, split) => {
    const counts = new Map<string, number>();
    let time = pick(50);
    return Array.from({ length: 6 + pick(30) }, (__, index): Scripted<Event> => {
      const key = `${split}${'abc'[pick(3)] ?? ''}`;
      const n = (counts.get(key) ?? 0) + 1;
      counts.set(key, n);
      time += pick(25);
      const at = Math.max(0, time - pick(DISORDER));
      return { value: { key, n, id: `${split}/${index}`, amount: pick(100) - 50, at }, time: at };
    });
  });
  return { splits, all: splits.flat() };
}

/** One split, in which some records are far behind the others: which are late is told by their order alone. */
export function scattered(seed: number): Input {
  const random = seeded(seed * 17 + 5);
  const [records = []] = inputOf(seed, 9).splits;
  const all = records.map(({ value, time }) => {
    const at = random() < 0.3 ? Math.max(0, time - 150) : time;
    return { value: { ...value, at }, time: at };
  });
  return { splits: [all], all };
}

const sourceOf = (sim: Simulation, name: string, { splits }: Input, appearing = false): Stream<Event> => Stream.from(appearing ? sim.appearing(name, ...splits) : sim.source(name, ...splits), { name }).timestamps(e => e.at, { disorder: DISORDER });

const same = (found: readonly string[], expected: readonly string[]): void => {
  const left = [...found];
  const missing = expected.filter(line => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (missing.length + left.length > 0) throw new Error(`missing ${JSON.stringify(missing.slice(0, 10))}, too much ${JSON.stringify(left.slice(0, 10))}`);
};
/** A beginning of what is expected, of each key in order, nothing twice. */
const beginning = (found: readonly { readonly key: string; readonly n: number }[]): void => {
  const counts = new Map<string, number>();
  for (const { key, n } of found) {
    const before = counts.get(key) ?? 0;
    if (n !== before + 1) throw new Error(`after record ${before} of key ${key} a reader sees record ${n}`);
    counts.set(key, n);
  }
};
const texts = (values: readonly unknown[]): string[] => values.map(value => JSON.stringify(value));
const seen = <T>(sim: Simulation, name: string): readonly T[] => sim.visible<T>(name).map(record => record.value);
const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

interface Running {
  readonly key: string;
  readonly n: number;
  readonly total: number;
}

/** State per key: the running number and total of each record, in order. */
const running = (stream: Stream<Event>): Stream<Running> =>
  stream.keyBy(e => e.key).process({
    name: 'running',
    emits: type<Running>(),
    init: () => ({ n: 0, total: 0 }),
    onData(state, event, context) {
      state.n++;
      state.total += event.amount;
      context.emit({ key: event.key, n: state.n, total: state.total });
    },
  });
const runningTruth = ({ all }: Input): string[] =>
  [...grouped(all, r => r.value.key)].flatMap(([key, records]) => {
    let total = 0;
    return texts(records.map((r, index) => ({ key, n: index + 1, total: (total += r.value.amount) })));
  });

const windowTruth = (all: readonly Scripted<Event>[], windowsOf: (time: number) => readonly (readonly [number, number])[]): string[] => {
  const counts = new Map<string, { n: number; total: number }>();
  for (const { value, time } of all)
    for (const [start, end] of windowsOf(time)) {
      const id = JSON.stringify([value.key, start, end]);
      const at = counts.get(id) ?? { n: 0, total: 0 };
      counts.set(id, { n: at.n + 1, total: at.total + value.amount });
    }
  return [...counts].map(([id, { n, total }]) => JSON.stringify([...(JSON.parse(id) as unknown[]), n, total]));
};
const paneText = (r: { readonly key: unknown; readonly window: { readonly start: number; readonly end: number }; readonly value: { readonly n: number; readonly total: number } }): string => JSON.stringify([r.key, r.window.start, r.window.end, r.value.n, r.value.total]);
const figures = { n: count(), total: sum((e: Event) => e.amount) };

type Pane = Parameters<typeof paneText>[0];

export const jobs: readonly SimulatedJob[] = [
  {
    name: 'running totals, transactional',
    build: sim => sim.collect(running(sourceOf(sim, 'in', inputOf(sim.seed), true))),
    invariant: sim => beginning(seen<Running>(sim, 'collected')),
    check: sim => same(texts(seen(sim, 'collected')), runningTruth(inputOf(sim.seed))),
  },
  {
    name: 'tumbling windows, to two sinks',
    build(sim) {
      const panes = sourceOf(sim, 'in', inputOf(sim.seed)).keyBy(e => e.key).window(tumbling(100)).aggregate(figures, { name: 'panes' });
      return [sim.collect(panes), panes.to(outbox(sim.ledger<Pane>('database')), { name: 'database' })];
    },
    check(sim) {
      const truth = windowTruth(inputOf(sim.seed).all, time => [[Math.floor(time / 100) * 100, Math.floor(time / 100) * 100 + 100]]);
      for (const name of ['collected', 'database']) same(seen<Pane>(sim, name).map(paneText), truth);
    },
  },
  {
    name: 'hopping windows',
    build: sim => sim.collect(sourceOf(sim, 'in', inputOf(sim.seed)).keyBy(e => e.key).window(hopping(90, { every: 30 })).aggregate(figures, { name: 'panes' })),
    check: sim => same(seen<Pane>(sim, 'collected').map(paneText), windowTruth(inputOf(sim.seed).all, time => [0, 1, 2].map(back => (Math.floor(time / 30) - back) * 30).map(start => [start, start + 90] as const))),
  },
  {
    name: 'sessions',
    build: sim => sim.collect(sourceOf(sim, 'in', inputOf(sim.seed)).keyBy(e => e.key).window(session(25)).aggregate(figures, { name: 'panes' })),
    check(sim) {
      const truth = [...grouped(inputOf(sim.seed).all, r => r.value.key)].flatMap(([key, records]) => {
        const sessions: { start: number; end: number; n: number; total: number }[] = [];
        for (const { value, time } of records.toSorted((a, b) => a.time - b.time)) {
          const open = sessions.at(-1);
          if (open !== undefined && time < open.end) Object.assign(open, { end: time + 25, n: open.n + 1, total: open.total + value.amount });
          else sessions.push({ start: time, end: time + 25, n: 1, total: value.amount });
        }
        return sessions.map(s => JSON.stringify([key, s.start, s.end, s.n, s.total]));
      });
      same(seen<Pane>(sim, 'collected').map(paneText), truth);
    },
  },
  {
    name: 'interval join',
    build(sim) {
      const side = (name: string, salt: number) => sourceOf(sim, name, inputOf(sim.seed, salt)).keyBy(e => e.key);
      return sim.collect(side('left', 1).join(side('right', 2), { within: ['-20ms', '30ms'], name: 'join' }).map(j => `${j.left.id}+${j.right.id}`));
    },
    check(sim) {
      const [left, right] = [inputOf(sim.seed, 1).all, inputOf(sim.seed, 2).all];
      same(seen<string>(sim, 'collected'), left.flatMap(l => right.filter(r => r.value.key === l.value.key && l.time - 20 <= r.time && r.time <= l.time + 30).map(r => `${l.value.id}+${r.value.id}`)));
    },
  },
  {
    name: 'timers and rows',
    build: sim =>
      sim.collect(
        sourceOf(sim, 'in', inputOf(sim.seed)).keyBy(e => e.key).process({
          name: 'batches',
          emits: type<string>(),
          init: () => ({ waiting: 0 }),
          onData(state, event, context) {
            context.rows<string>('ids').set(event.n, event.id);
            if (state.waiting === 0) context.timer('flush', event.at + 60);
            state.waiting++;
            if (state.waiting < 4) return;
            for (const [n, id] of [...context.rows<string>('ids').range()]) {
              context.emit(id);
              context.rows<string>('ids').delete(n);
            }
            state.waiting = 0;
            context.cancel('flush');
          },
          onTimer(state, _timer, context) {
            for (const [n, id] of [...context.rows<string>('ids').range()]) {
              context.emit(id);
              context.rows<string>('ids').delete(n);
            }
            state.waiting = 0;
          },
        }),
      ),
    check: sim => same(seen<string>(sim, 'collected'), inputOf(sim.seed).all.map(r => r.value.id)),
  },
  {
    name: 'calls outside, in order',
    build: sim => sim.collect(running(sourceOf(sim, 'in', inputOf(sim.seed)).mapAsync(event => sim.later(`call ${event.id}`, () => event), { concurrency: 3, name: 'calls' }))),
    invariant: sim => beginning(seen<Running>(sim, 'collected')),
    check: sim => same(texts(seen(sim, 'collected')), runningTruth(inputOf(sim.seed))),
  },
  {
    name: 'rows by key, idempotent',
    build: sim => running(sourceOf(sim, 'in', inputOf(sim.seed))).to(sim.idempotent<Running>('table', r => r.key), { name: 'table' }),
    check: sim => same(texts(seen(sim, 'table')), [...new Map(runningTruth(inputOf(sim.seed)).map(text => [(JSON.parse(text) as Running).key, text])).values()]),
  },
  {
    name: 'append, at least once',
    build: sim => running(sourceOf(sim, 'in', inputOf(sim.seed))).to(sim.append<Running>('log'), { name: 'log' }),
    check(sim) {
      same([...new Set(texts(seen(sim, 'log')))], runningTruth(inputOf(sim.seed)));
      // What is written twice is what came after the last checkpoint, and each incarnation begins there.
      const { splits } = inputOf(sim.seed);
      for (const [generation, records] of grouped(sim.visible<Running>('log'), r => String(r.generation))) {
        const places = sim.restored(Number(generation))?.positions['in'];
        for (const [key, ofKey] of grouped(records, r => r.value.key)) {
          const split = key.charAt(0);
          const at = places?.[split] ?? 0;
          let before = (splits[Number(split)] ?? []).slice(0, at === 'end' ? undefined : Number(at)).filter(r => r.value.key === key).length;
          for (const { value } of ofKey) if (value.n !== ++before) throw new Error(`generation ${generation}, which began at ${JSON.stringify(at)}, wrote record ${value.n} of key ${key} where record ${before} was due`);
        }
      }
    },
  },
  {
    name: 'files, exactly once',
    build: sim => running(sourceOf(sim, 'in', inputOf(sim.seed), true)).to(ndjsonParts<Running>('/out'), { name: 'files' }),
    invariant: sim => void linesOf(sim),
    check: sim => same(linesOf(sim), runningTruth(inputOf(sim.seed))),
  },
  {
    name: 'late records aside',
    build(sim) {
      const panes = sourceOf(sim, 'in', scattered(sim.seed)).keyBy(e => e.key).window(tumbling(20), { late: late => sim.collect(late, 'late') }).aggregate(figures, { name: 'panes' });
      return sim.collect(panes);
    },
    check(sim) {
      const [late, onTime]: Scripted<Event>[][] = [[], []];
      let highest = Number.NEGATIVE_INFINITY;
      for (const record of scattered(sim.seed).all) {
        (Math.floor(record.time / 20) * 20 + 20 <= highest - DISORDER ? late : onTime)?.push(record);
        highest = Math.max(highest, record.time);
      }
      same(seen<Pane>(sim, 'collected').map(paneText), windowTruth(onTime ?? [], time => [[Math.floor(time / 20) * 20, Math.floor(time / 20) * 20 + 20]]));
      same(seen<{ readonly value: Event }>(sim, 'late').map(l => l.value.id), (late ?? []).map(r => r.value.id));
    },
  },
  {
    name: 'merged, filtered, re-keyed',
    build(sim) {
      const [a, b] = [sourceOf(sim, 'a', inputOf(sim.seed, 3)), sourceOf(sim, 'b', inputOf(sim.seed, 4))];
      return sim.collect(a.filter(e => e.amount > 0).merge(b.filter(e => e.amount > 0)).keyBy(e => e.amount % 5).window(tumbling(1_000)).aggregate(figures, { name: 'panes' }));
    },
    check(sim) {
      const all = [...inputOf(sim.seed, 3).all, ...inputOf(sim.seed, 4).all].filter(r => r.value.amount > 0).map(r => ({ ...r, value: { ...r.value, key: r.value.amount % 5 as unknown as string } }));
      same(seen<Pane>(sim, 'collected').map(paneText), windowTruth(all, time => [[Math.floor(time / 1_000) * 1_000, Math.floor(time / 1_000) * 1_000 + 1_000]]));
    },
  },
  {
    name: 'rows as of a time',
    build(sim) {
      const rows = sourceOf(sim, 'rows', inputOf(sim.seed, 5)).table({ name: 'table', key: e => e.key, versions: 100_000 });
      return sim.collect(sourceOf(sim, 'in', inputOf(sim.seed, 6)).keyBy(e => e.key).lookup(rows, { name: 'lookup', type: 'left' }).map(({ value, row }) => `${value.id} ${row === undefined ? 'none' : row.at}`));
    },
    check(sim) {
      // Of rows of one time the last one counts, and they carry that time alike.
      const rows = inputOf(sim.seed, 5).all;
      same(
        seen<string>(sim, 'collected'),
        inputOf(sim.seed, 6).all.map(({ value, time }) => {
          const times = rows.filter(r => r.value.key === value.key && r.time <= time).map(r => r.time);
          return `${value.id} ${times.length === 0 ? 'none' : Math.max(...times)}`;
        }),
      );
    },
  },
  {
    name: 'left join, calls that fail and are made again',
    build(sim) {
      const failed = new Map<string, number>();
      const left = sourceOf(sim, 'left', inputOf(sim.seed, 7)).mapAsync(
        event => sim.later(`call ${event.id}`, () => {
          const before = failed.get(event.id) ?? 0;
          failed.set(event.id, before + 1);
          if (before < (event.n + sim.seed) % 4) throw new Error('not yet');
          return event;
        }),
        { concurrency: 4, name: 'calls', retry: { attempts: 5, backoff: 10 } },
      );
      return sim.collect(left.keyBy(e => e.key).join(sourceOf(sim, 'right', inputOf(sim.seed, 8)).keyBy(e => e.key), { within: [-10, 10], type: 'left', name: 'join' }).map(j => `${j.left.id}+${j.right?.id ?? 'none'}`));
    },
    check(sim) {
      const right = inputOf(sim.seed, 8).all;
      same(
        seen<string>(sim, 'collected'),
        inputOf(sim.seed, 7).all.flatMap(l => {
          const matches = right.filter(r => r.value.key === l.value.key && Math.abs(l.time - r.time) <= 10);
          return matches.length === 0 ? [`${l.value.id}+none`] : matches.map(r => `${l.value.id}+${r.value.id}`);
        }),
      );
    },
  },
  {
    name: 'a log in front of a queue that forgets',
    build: sim => sim.collect(Stream.from(sim.once('in', ...inputOf(sim.seed, 10).splits), { name: 'in', log: writeAheadLog('/log', { segmentBytes: 400, maxBytes: 4_000 }) }).map(e => e.id)),
    check(sim) {
      const { splits } = inputOf(sim.seed, 10);
      splits.forEach((records, split) => {
        const found = seen<string>(sim, 'collected').filter(id => id.startsWith(`${split}/`));
        const places = found.map(id => records.findIndex(r => r.value.id === id));
        if (places.some((at, i) => at <= (places[i - 1] ?? -1))) throw new Error(`split ${split} came twice or out of order: ${found.join(' ')}`);
        for (const at of sim.acknowledged('in').get(String(split)) ?? []) if (!places.includes(at)) throw new Error(`record ${at} of split ${split} was acknowledged and is lost; found ${places.join(' ')}`);
      });
    },
  },
];

/** Lines of the files a reader sees; throws at half a line. */
function linesOf(sim: Simulation): string[] {
  return sim.disk
    .paths()
    .filter(path => /^\/out\/part-[^/]*\.ndjson$/.test(path))
    .flatMap(path => {
      const text = sim.disk.bytes(path)?.toString() ?? '';
      if (text !== '' && !text.endsWith('\n')) throw new Error(`${path} ends in the middle of a line`);
      return text.split('\n').filter(line => line !== '').map(line => JSON.stringify(JSON.parse(line)));
    });
}

/** The job of a seed. */
export function jobOf(seed: number): SimulatedJob {
  const job = jobs[seed % jobs.length];
  if (job === undefined) throw new Error('There are no jobs.');
  return job;
}
