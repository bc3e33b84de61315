/** Everything laws are tried on. A new window, join or table step is one more file here. */
import type { Subject } from '../subject.js';
import { tumblingSubject } from './tumbling.js';

export const subjects: readonly Subject[] = [tumblingSubject];
