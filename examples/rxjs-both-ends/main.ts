/** RxJS at both ends and in the middle: a Subject goes in, windows are counted, an Observable comes out. */
import { Stream, count, tumbling } from 'millrace';
import { Subject, filter, lastValueFrom, map, tap, toArray } from 'rxjs';

interface Click {
  button: string;
  at: number;
}
const clicks = new Subject<Click>();

const perSecond = Stream.from(clicks, { name: 'clicks', buffer: 1_000, whenFull: 'dropOldest' })
  .pipe(filter(click => click.button !== 'debug')) // any RxJS operator; event time begins below it
  .timestamps(click => click.at)
  .keyBy(click => click.button)
  .window(tumbling('1s'))
  .aggregate(count(), { name: 'per-second' })
  .toObservable();

// Every subscription is a run of its own; it starts at once, so it hears what is pushed from now on.
const counted = lastValueFrom(
  perSecond.pipe(
    map(({ key, window, value }) => `${key} in second ${window.start / 1_000}: ${value}`),
    tap(line => console.log(line)),
    toArray(),
  ),
);

clicks.next({ button: 'buy', at: 100 });
clicks.next({ button: 'debug', at: 200 });
clicks.next({ button: 'buy', at: 900 });
clicks.next({ button: 'help', at: 950 });
clicks.next({ button: 'buy', at: 1_200 });
clicks.complete();

console.log(`${(await counted).length} results`);
