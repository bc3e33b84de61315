import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, count, toArray, tumbling } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, habits, runAll, scripted, valuesOf } from './kit.js';

const none = () => Stream.from(scripted<number>([], { splits: [] })).timestamps(n => n);

describe('concat, then nothing', () => {
  habits({ build: s => s.concat(Stream.from<number>([]).timestamps(n => n)), oracle: values => values, cannotFail: true });
});
describe('concat', () => {
  it('one after the other', async () => expect(await valuesOf(Stream.from([1, 2]).concat(Stream.from([3])).concat(Stream.from([4, 5])))).toEqual([1, 2, 3, 4, 5]));
  it('inputs without any splits are nothing, wherever they stand', async () => {
    const some = () => Stream.from(scripted<number>(['later', [1], 'later', [2]])).timestamps(n => n);
    const more = () => Stream.from(scripted<number>([[3]])).timestamps(n => n);
    expect(await valuesOf(none().concat(some()).concat(none()).concat(more()).concat(none()))).toEqual([1, 2, 3]);
    expect(await valuesOf(none().concat(none()))).toEqual([]);
  });
  it('an input without splits that stands last closes no window early', async () => {
    const history = Stream.from(scripted<number>(['later', [1], 'later', [12], 'later', [13]])).timestamps(n => n);
    const results = await valuesOf(history.concat(none()).window(tumbling(10)).aggregate(count()));
    expect(results.map(r => [r.window.start, r.value])).toEqual([[0, 1], [10, 2]]);
  });
  it('history, then a live Subject that spoke meanwhile: one clock, no window closed at the seam', async () => {
    const clock = virtualClock();
    const live = new Subject<number>();
    const results: unknown[] = [];
    const history = Stream.from(scripted<number>([[1, 5], 'later', 'later', [11]]));
    const out = history.timestamps(n => n).concat(Stream.from(live).timestamps(n => n)).window(tumbling(10)).aggregate(count());
    const job = await begin(out.map(r => [r.window.start, r.value]).to(toArray(results)), clock);
    live.next(15);
    await clock.settle();
    expect(results).toEqual([[0, 2]]);
    live.next(18);
    await clock.settle();
    expect(results).toEqual([[0, 2]]);
    live.next(21);
    live.complete();
    await clock.finish(job.done);
    expect(results).toEqual([[0, 2], [10, 3], [20, 1]]);
  });
  it('twice the same source is refused', async () => {
    const shared = Stream.from([1]);
    expect(await errorOf(runAll(shared.concat(shared.map(n => n)).to(toArray<number>([]))))).toBeInstanceOf(ConfigurationError);
  });
});
