/** Cuts: one position of the log per partition. */
import type { LogPositions } from '../core/master-log.js';

export const same = (a: LogPositions, b: LogPositions): boolean => a.length === b.length && a.every((position, i) => position === b[i]);
/** Nothing below `b` is missing below `a`. */
export const reaches = (a: LogPositions, b: LogPositions): boolean => b.every((position, i) => (a[i] ?? 0) >= position);
export const beginning = (partitions: number): LogPositions => Array.from({ length: partitions }, () => 0);
export const least = (all: readonly LogPositions[]): LogPositions | undefined => all[0]?.map((_, i) => Math.min(...all.map(positions => positions[i] ?? 0)));
