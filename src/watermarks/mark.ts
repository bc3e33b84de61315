/** A watermark as plain JSON, which has no infinities: nothing known yet is `null`, the end of time `'end'`. */
import type { Json, Time } from '../core/values.js';

export const saveMark = (mark: Time): Json => (mark === -Infinity ? null : mark === Infinity ? 'end' : mark);

export const markOf = (state: Json): Time => (state === 'end' ? Infinity : typeof state === 'number' ? state : -Infinity);
