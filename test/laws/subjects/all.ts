/** Everything laws are tried on. A new window, join or table step is one more file here. */
import type { Subject } from '../subject.js';
import { calendarSubject } from './calendar.js';
import { coGroupSubject } from './co-group.js';
import { countSubject } from './count.js';
import { customSubject } from './custom.js';
import { deltasSubject } from './deltas.js';
import { distinctSubject } from './distinct.js';
import { failingSubject } from './failing.js';
import { finishedSubject } from './finished.js';
import { hoppingSubject } from './hopping.js';
import { intervalJoinSubject } from './interval-join.js';
import { lookupSubject } from './lookup.js';
import { scanSubject } from './scan.js';
import { sessionSubject } from './session.js';
import { slidingSubject } from './sliding.js';
import { sortSubject } from './sort.js';
import { tableSubject } from './table.js';
import { tumblingSubject } from './tumbling.js';
import { windowJoinSubject } from './window-join.js';

export const subjects: readonly Subject[] = [tumblingSubject, hoppingSubject, sessionSubject, countSubject, slidingSubject, customSubject, intervalJoinSubject, windowJoinSubject, coGroupSubject, lookupSubject, tableSubject, distinctSubject, scanSubject, sortSubject, calendarSubject, failingSubject, finishedSubject, deltasSubject];
