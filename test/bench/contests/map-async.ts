import { Stream } from 'millrace';
import { from, lastValueFrom, mergeMap, tap } from 'rxjs';
import { contest } from '../kit/contest.js';
import type { Sum } from '../kit/numbers.js';
import { each } from '../kit/sinks.js';

/**
 * `mergeMap` keeps what its source pushes in one array and takes the first out of it, which moves the whole array once it is large: 3 µs a record with 16 k waiting, 25 µs with 100 k.
 * So both sides get the records in portions that RxJS can bear.
 */
const PORTIONS = 40;
const data = Array.from({ length: 16_000 }, (_, i) => i);

await contest<Sum>({
  name: 'mapAsync over an immediate promise, concurrency 16, 640 k records',
  rival: 'RxJS mergeMap(…, 16)',
  goal: 1,
  turns: 'child',
  async ours() {
    let [count, sum] = [0, 0];
    for (let portion = 0; portion < PORTIONS; portion++) {
      const job = await Stream.from(data)
        .mapAsync(n => Promise.resolve(n + 1), { concurrency: 16, order: 'none' })
        .to(each(n => {
          count++;
          sum = (sum + n) | 0;
        }))
        .run();
      await job.done;
    }
    return { count, sum };
  },
  async theirs() {
    let [count, sum] = [0, 0];
    for (let portion = 0; portion < PORTIONS; portion++) {
      await lastValueFrom(
        from(data).pipe(
          mergeMap(n => Promise.resolve(n + 1), 16),
          tap(n => {
            count++;
            sum = (sum + n) | 0;
          }),
        ),
      );
    }
    return { count, sum };
  },
});
