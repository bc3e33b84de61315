import { Stream } from 'millrace';
import { Subject, filter, map } from 'rxjs';
import { contest } from '../kit/contest.js';
import { numbers, type Sum } from '../kit/numbers.js';
import { each } from '../kit/sinks.js';

const data = numbers();

await contest<Sum>({
  name: 'map-filter-map, 10 M records',
  rival: 'RxJS Subject',
  goal: 2.5,
  turns: 'child',
  async ours() {
    let [count, sum] = [0, 0];
    const job = await Stream.from(data)
      .map(n => n + 1)
      .filter(n => n % 3 !== 0)
      .map(n => n * 2)
      .to(each(n => {
        count++;
        sum = (sum + n) | 0;
      }))
      .run();
    await job.done;
    return { count, sum };
  },
  theirs() {
    let [count, sum] = [0, 0];
    const subject = new Subject<number>();
    subject
      .pipe(
        map(n => n + 1),
        filter(n => n % 3 !== 0),
        map(n => n * 2),
      )
      .subscribe(n => {
        count++;
        sum = (sum + n) | 0;
      });
    for (const n of data) subject.next(n);
    subject.complete();
    return { count, sum };
  },
});
