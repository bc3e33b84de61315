import { contest } from '../kit/contest.js';
import { events, sorted } from '../kit/events.js';
import { byHand, byMillrace } from '../kit/tumbling.js';

const data = events({ records: 4_000_000, keys: 100_000, minutes: 6 });

await contest({
  name: 'keyed tumbling count and sum, out of order, 100 k keys, 4 M records',
  rival: 'hand-written loop',
  goal: 0.7,
  ours: () => byMillrace(data),
  theirs: () => byHand(data),
  // One job per process, as a service has it: a second one in the same process makes the functions of both sides less inlined.
  turns: 'child',
  essence: sorted,
});
