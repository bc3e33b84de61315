/** The ten pages with most views of every minute: counted per page, then ranked per minute. */
import { Stream, count, top, tumbling } from 'millrace';

const views = Array.from({ length: 3_000 }, (_, i) => ({ page: `/page-${Math.floor(Math.sqrt((i * 7_919) % 400))}`, at: i * 50 }));

const topTen = Stream.from(views)
  .timestamps(view => view.at)
  .keyBy(view => view.page)
  .window(tumbling('1m'))
  .aggregate(count(), { name: 'views-per-page' })
  // Results of a window carry its last millisecond, so windows of the same size gather them again.
  .window(tumbling('1m'))
  .aggregate(top(10, result => result.value), { name: 'top-ten' });

for await (const { window, value } of topTen) {
  console.log(`minute ${window.start / 60_000}`);
  for (const [rank, { key, value: n }] of value.entries()) console.log(`${String(rank + 1).padStart(3)}. ${key} ${n}`);
}
