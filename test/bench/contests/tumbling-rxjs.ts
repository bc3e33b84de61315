import { Subject, from, groupBy, last, lastValueFrom, map, mergeMap, scan, tap, filter } from 'rxjs';
import { contest } from '../kit/contest.js';
import { BOUND, MINUTE, events, sorted, type Event, type Row } from '../kit/events.js';
import { byMillrace } from '../kit/tumbling.js';

/** What RxJS can bear: with more records the pairs would take too long. */
const data = events({ records: 500_000, keys: 1_000, minutes: 10 });

const startOf = ({ at }: Event): number => Math.floor(at / MINUTE) * MINUTE;

await contest<Row[]>({
  name: 'keyed tumbling count and sum, out of order, 1 k keys, 500 k records',
  rival: 'RxJS groupBy + scan',
  goal: 5,
  ours: () => byMillrace(data),
  async theirs() {
    const rows: Row[] = [];
    /** The start of the window that the largest time seen, minus the bound, lies in: windows before it are closed. */
    const closed = new Subject<number>();
    let edge = -Infinity;
    await lastValueFrom(
      from(data).pipe(
        tap({
          next({ at }) {
            if (at - BOUND < edge + MINUTE) return;
            edge = Math.floor((at - BOUND) / MINUTE) * MINUTE;
            closed.next(edge);
          },
        }),
        groupBy(startOf, { duration: window => closed.pipe(filter(start => start > window.key)) }),
        mergeMap(window =>
          window.pipe(
            groupBy(event => event.key),
            mergeMap(group =>
              group.pipe(
                scan((figures, { value }) => ({ count: figures.count + 1, sum: figures.sum + value }), { count: 0, sum: 0 }),
                last(),
                map(({ count, sum }): Row => ({ key: group.key, start: window.key, count, sum })),
              ),
            ),
          ),
        ),
        tap(row => rows.push(row)),
      ),
    );
    return rows;
  },
  essence: sorted,
});
