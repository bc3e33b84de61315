/** The door `millrace/log`: a log of segments on the disk, and a write-ahead log for sources that cannot be read again. */
export { openLog, readLog, type Log, type LogOptions } from './log.js';
export type { LogReader } from './reader.js';
export { masterLog, type MasterLogOptions } from './master-log.js';
export type { LogBlock, LogPositions, MasterLog, MasterLogWriter } from '../../core/master-log.js';
export { writeAheadLog, type WriteAheadLogOptions } from './write-ahead-log.js';
