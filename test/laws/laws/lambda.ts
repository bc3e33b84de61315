/**
 * L-lambda (A2): whatever comes late, is published, rolled back, crashes or is read in between, every answer is the aggregate over all events that were ingested in the range. The oracle is an array of the events.
 */
import fc from 'fast-check';
import { masterLog } from '../../../src/connectors/log/index.js';
import { Stream, collect, count, sum, type Aggregate } from '../../../src/index.js';
import { testWorld } from '../../../src/testing/testing.js';
import { lambda, type LambdaView, type Snapshot } from '../../../src/views/index.js';
import { memoryDisk } from '../../connectors/memory-disk.js';
import { law } from '../law.js';
import { same } from '../play.js';

interface Event {
  readonly key: string;
  readonly at: number;
  readonly n: number;
}
const HOUR = 100;

type Action =
  | { readonly kind: 'push'; readonly events: readonly Event[] }
  | { readonly kind: 'checkpoint' | 'crash' | 'publish' | 'incremental' | 'snapshot' | 'release' }
  | { readonly kind: 'rollback'; readonly back: number };

const event = fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: -250, max: 999 }), n: fc.integer({ min: -5, max: 5 }) });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.array(event, { minLength: 1, maxLength: 8 }).map(events => ({ kind: 'push' as const, events })) },
  { weight: 4, arbitrary: fc.constantFrom('checkpoint', 'crash', 'publish', 'publish', 'incremental', 'snapshot', 'release').map((kind): Action => ({ kind })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map(back => ({ kind: 'rollback' as const, back })) },
);

async function play<R>(aggregate: Aggregate<Event, unknown, R>, actions: readonly Action[], partitions: number, range: { readonly from: number; readonly to: number }, memory: number, retain: { readonly bytes: number } | undefined): Promise<void> {
  const disk = memoryDisk();
  const world = testWorld({ disk: disk.view() });
  const t = world.kit();
  const finish = <V>(work: Promise<V>): Promise<V> => t.clock.finish(work);
  const source = t.source<Event>('events');
  const build = (): LambdaView<string, R> =>
    lambda('view', Stream.from(source, { name: 'events' }), { key: e => e.key, every: HOUR, aggregate, log: masterLog('/log', { partitions, blockEvents: 3, segmentBytes: 300, retain }), folder: '/views', share: 1, memory, batch: { keep: 2 }, filter: e => e.n !== 0 });
  let view: LambdaView<string, R> = build();
  const job = await world.launch(() => (view = build()).outputs, { name: 'job', checkpoint: '1h' });
  const ingested: Event[] = [];
  const snapshots: { readonly snapshot: Snapshot<string, R>; readonly events: readonly Event[] }[] = [];
  const expected = (events: readonly Event[], key: string): R => {
    // In time order by granule, in order of arrival within one.
    const mine = events.filter(e => e.key === key && e.n !== 0 && Math.floor(e.at / HOUR) * HOUR >= range.from && Math.floor(e.at / HOUR) * HOUR < range.to);
    const sorted = mine.map((e, i) => ({ e, i })).sort((x, y) => Math.floor(x.e.at / HOUR) - Math.floor(y.e.at / HOUR) || x.i - y.i);
    return aggregate.result(sorted.reduce((acc, { e }) => aggregate.add(acc, e, e.at), aggregate.zero()));
  };
  const look = async (): Promise<void> => {
    for (const key of ['a', 'b', 'c', 'nobody']) {
      const answer = await finish(view.query(key, range));
      same(answer.gaps, [], `gaps of ${key}`);
      same(answer.value, expected(ingested, key), `the answer for ${key}`);
      for (const { snapshot, events } of snapshots) same((await finish(snapshot.query(key, range))).value, expected(events, key), `a snapshot's answer for ${key}`);
    }
    const whole = await finish(view.entries({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }));
    same(whole.value.map(({ key }) => key), [...new Set(ingested.filter(e => e.n !== 0).map(e => e.key))].sort(), 'the keys');
  };
  for (const step of actions) {
    switch (step.kind) {
      case 'push':
        for (const e of step.events) {
          source.push(e, e.at);
          ingested.push(e);
        }
        await job.settle();
        break;
      case 'checkpoint':
        await job.checkpoint();
        break;
      case 'crash':
        snapshots.length = 0;
        await job.crash();
        await job.settle();
        break;
      case 'publish': {
        const { reconciled } = await finish(view.publish());
        same(reconciled?.differ, 0, 'rows that differ after a publication');
        break;
      }
      case 'incremental':
        if (view.status().version > 0) await finish(view.publish({ incremental: true }));
        break;
      case 'rollback': {
        const versions = await finish(view.versions());
        const to = versions.at(-step.back);
        if (to !== undefined) await finish(view.rollback(to.version).catch((error: { code?: string }) => same(error.code, 'view-gap', 'why it does not go back')));
        break;
      }
      case 'snapshot':
        snapshots.push({ snapshot: await finish(view.snapshot()), events: [...ingested] });
        break;
      case 'release':
        await finish(snapshots.shift()?.snapshot.release() ?? Promise.resolve());
        break;
    }
    await look();
  }
  await job.stop();
}

const aggregates: readonly Aggregate<Event, unknown, unknown>[] = [count(), sum((e: Event) => e.n), collect((e: Event) => e.n)] as readonly Aggregate<Event, unknown, unknown>[]; // accumulators are nobody's business here
const edges = fc.tuple(fc.integer({ min: -3, max: 10 }), fc.integer({ min: 0, max: 12 })).map(([from, length]) => ({ from: from * HOUR, to: (from + length) * HOUR }));

export const lambdaLaw = law(
  'L-lambda',
  fc.tuple(fc.nat({ max: 2 }), fc.array(action, { minLength: 1, maxLength: 14 }), fc.integer({ min: 1, max: 3 }), edges, fc.constantFrom(1, 600, 2 ** 20), fc.constantFrom(undefined, { bytes: 0 }, { bytes: 600 })),
  async ([which, actions, partitions, range, memory, retain]) => {
    const aggregate = aggregates[which];
    if (aggregate !== undefined) await play(aggregate, actions, aggregate.commutative === true ? partitions : 1, range, memory, retain);
  },
  4,
);
