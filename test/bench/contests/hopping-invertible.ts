import { sum } from 'millrace';
import type { Event } from '../kit/events.js';
import { hoppingContests } from '../kit/hopping.js';

await hoppingContests('sum', 2, () => sum<Event>(event => event.value));
