import { contest } from '../kit/contest.js';
import { events, sorted } from '../kit/events.js';
import { byHand, byMillrace } from '../kit/tumbling.js';

const data = events({ records: 4_000_000, keys: 1_000, minutes: 60 });

await contest({
  name: 'keyed tumbling count and sum, out of order, 1 k keys, 4 M records',
  rival: 'hand-written loop',
  goal: 0.8,
  ours: () => byMillrace(data),
  theirs: () => byHand(data),
  // One job per process, as a service has it: a second one in the same process makes the functions of both sides less inlined.
  turns: 'child',
  essence: sorted,
});
