/** A job with state of each kind, its script, and what a golden savepoint is compared with. Change neither the names nor the first part: the files beside this one were written by them. */
import { Stream, count, memory, session, sum, tumbling, type, type RunOptions } from 'millrace';
import { testing, type Testing, type TestJob } from 'millrace/testing';
import { shown } from '../../src/state/savepoint/shown.js';
import { hardValues } from '../state/savepoint/kit.js';

interface Event {
  readonly key: string;
  readonly n: number;
}

const FIRST: readonly (readonly [string, number, number])[] = [['a', 1, 5], ['b', 2, 12], ['a', 3, 31], ['c', 4, 33], ['a', 5, 58]];
const SECOND: readonly (readonly [string, number, number])[] = [['b', 6, 61], ['a', 7, 64], ['c', 8, 99], ['d', 9, 130], ['a', 10, 190]];

/** Whether two parts of a value are one object is no part of what state keeps: JSON, in which most of it is written, makes them two. */
const kept = hardValues.filter(value => !(Array.isArray(value) && value.length === 2 && typeof value[0] === 'object' && value[0] === value[1]));

/** Every result as a line. `version` 2 of the ledger keeps an object where version 1 kept a bare number. */
function outputs(t: Testing, version: 1 | 2) {
  const events = Stream.from(t.source<Event>('events'), { name: 'events' });
  const byKey = events.keyBy(event => event.key);
  const left = events.filter(event => event.n % 2 === 1).keyBy(event => event.key);
  const right = events.filter(event => event.n % 2 === 0).keyBy(event => event.key);
  const streams: readonly Stream<unknown>[] = [
    byKey.window(tumbling(50)).aggregate(sum(event => event.n), { name: 'tumbling' }),
    byKey.window(session(20)).aggregate(count(), { name: 'session' }),
    left.join(right, { name: 'join', within: [-70, 70], type: 'left' }),
    byKey.process({
      name: 'timers',
      emits: type<unknown>(),
      init: () => ({ seen: 0 }),
      onData(state, event, context) {
        state.seen++;
        context.rows<unknown>('by-n').set(event.n, event);
        context.timer('later', context.time + 40);
      },
      onTimer(state, timer, context) {
        context.emit([context.key, timer, state.seen, [...context.rows<unknown>('by-n').range()]]);
      },
    }),
    byKey.process({
      name: 'hard',
      emits: type<unknown>(),
      init: () => 0,
      onData(state, _, context) {
        // Each in an entry of its own, written once: every value is as it was, or the line differs.
        const rows = context.rows<unknown>('values');
        if (state === 0) for (const [i, value] of kept.entries()) rows.set(i, value);
        context.emit([context.key, [...rows.range()].map(([i, value]) => [i, shown(value)])]);
        return state + 1;
      },
    }),
    version === 1
      ? byKey.process({ name: 'ledger', emits: type<unknown>(), version: 1, init: () => 0, onData: (state, event) => state + event.n, done: () => false })
      : byKey.process({
          name: 'ledger',
          emits: type<unknown>(),
          version: 2,
          migrate: old => ({ total: Number(old), migrated: true }),
          init: () => ({ total: 0, migrated: false }),
          onData(state, event, context) {
            state.total += event.n;
            context.emit([context.key, state.total, state.migrated]);
          },
        }),
  ];
  return streams.map((stream, i) => t.collect(stream, { name: `out-${i}` }));
}

async function play(t: Testing, options: RunOptions, version: 1 | 2, between?: (job: TestJob, seen: readonly number[]) => Promise<void>) {
  const collected = outputs(t, version);
  const job = await t.run(collected, { name: 'golden', ...options });
  await job.settle();
  await between?.(job, collected.map(c => c.values.length));
  for (const [key, n, time] of SECOND) t.source<Event>('events').push({ key, n }, time);
  t.source<Event>('events').watermark(100);
  t.source<Event>('events').end();
  await job.settle();
  await job.stop({ drain: true });
  return collected;
}

function script(t: Testing): void {
  for (const [key, n, time] of FIRST) t.source<Event>('events').push({ key, n }, time);
  t.source<Event>('events').watermark(40);
}

/** Runs the first part, takes a savepoint if a path is given, and runs the second; what comes after the savepoint, output by output. */
export async function undisturbed(savepoint?: string): Promise<Lines> {
  const t = testing();
  script(t);
  let early: readonly number[] = [];
  const collected = await play(t, { state: memory() }, 1, async (job, seen) => {
    early = seen;
    if (savepoint !== undefined) await job.savepoint(savepoint);
  });
  return collected.map((c, i) => sorted(c.values.slice(early[i])));
}

/** The same from a savepoint. */
export async function begunWith(savepoint: string, version: 1 | 2, options: RunOptions): Promise<Lines> {
  const t = testing();
  script(t);
  return (await play(t, { ...options, from: savepoint }, version)).map(c => sorted(c.values));
}

export type Lines = readonly (readonly string[])[];

const sorted = (values: readonly unknown[]): readonly string[] => values.map(value => JSON.stringify(value)).sort();
