import { Stream } from 'millrace';
import { Subject, filter, map, type Observable } from 'rxjs';
import { contest } from '../kit/contest.js';
import { numbers, type Sum } from '../kit/numbers.js';

const data = numbers();

/** Subscribes to what `through` makes of a Subject, then pushes all records into it. */
const summed = (through: (numbers: Subject<number>) => Observable<number>): Promise<Sum> =>
  new Promise((resolve, reject) => {
    let [count, sum] = [0, 0];
    const subject = new Subject<number>();
    through(subject).subscribe({
      next(n) {
        count++;
        sum = (sum + n) | 0;
      },
      error: reject,
      complete: () => resolve({ count, sum }),
    });
    for (const n of data) subject.next(n);
    subject.complete();
  });

await contest<Sum>({
  name: 'map-filter-map with RxJS at both ends, 10 M records',
  rival: 'RxJS Subject',
  goal: 1.2,
  turns: 'child',
  ours: () =>
    summed(subject =>
      Stream.from(subject)
        .map(n => n + 1)
        .filter(n => n % 3 !== 0)
        .map(n => n * 2)
        .toObservable(),
    ),
  theirs: () =>
    summed(subject =>
      subject.pipe(
        map(n => n + 1),
        filter(n => n % 3 !== 0),
        map(n => n * 2),
      ),
    ),
});
