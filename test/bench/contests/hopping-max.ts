import { custom, max } from 'millrace';
import type { Event } from '../kit/events.js';
import { hoppingContests } from '../kit/hopping.js';

await hoppingContests('max', 3, () => {
  const greatest = max<Event>(event => event.value);
  return custom({ ...greatest, result: acc => greatest.result(acc) ?? Number.NaN });
});
