/** Visits of users, as sessions; clicks that come when a visit is over go to a place of their own. */
import { Stream, collect, session, toArray, type Late } from 'millrace';

interface Click {
  user: string;
  page: string;
  minute: number;
}
const clicks: Click[] = [
  { user: 'ann', page: '/', minute: 0 },
  { user: 'bob', page: '/', minute: 5 },
  { user: 'ann', page: '/docs', minute: 20 },
  { user: 'ann', page: '/pricing', minute: 12 }, // out of order, but her visit is open
  { user: 'cid', page: '/', minute: 90 },
  { user: 'bob', page: '/docs', minute: 6 }, // his visit ended at minute 35
];
const late: Late<Click>[] = [];

const visits = await Stream.from(clicks)
  .timestamps(click => click.minute * 60_000, { disorder: '10m' })
  .keyBy(click => click.user)
  .window(session('30m'), { lateness: '5m', late: records => records.to(toArray(late)) })
  .aggregate(collect<Click>(), { name: 'visits' })
  .collect();

for (const { key, window, value } of visits) console.log(`${key}: minute ${window.start / 60_000} to ${window.end / 60_000}, ${value.map(click => click.page).join(' ')}`);
for (const { value } of late) console.log(`late: ${value.user} ${value.page}`);
