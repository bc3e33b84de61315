import { Stream } from 'millrace';
import { filter, from, map, type Observable } from 'rxjs';
import { contest } from '../kit/contest.js';
import { numbers, type Sum } from '../kit/numbers.js';

const data = numbers();

const summed = (stream: Observable<number>): Promise<Sum> =>
  new Promise((resolve, reject) => {
    let [count, sum] = [0, 0];
    stream.subscribe({
      next(n) {
        count++;
        sum = (sum + n) | 0;
      },
      error: reject,
      complete: () => resolve({ count, sum }),
    });
  });

await contest<Sum>({
  name: 'map-filter-map with RxJS at both ends, 10 M records',
  rival: 'RxJS from(array)',
  goal: 1.2,
  turns: 'child',
  ours: () =>
    summed(
      Stream.from(from(data))
        .map(n => n + 1)
        .filter(n => n % 3 !== 0)
        .map(n => n * 2)
        .toObservable(),
    ),
  theirs: () =>
    summed(
      from(data).pipe(
        map(n => n + 1),
        filter(n => n % 3 !== 0),
        map(n => n * 2),
      ),
    ),
});
