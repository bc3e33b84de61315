/** The door `millrace/lmdb`: durable state on the disk of this machine. */
export { lmdb } from './lmdb.js';
export type { LmdbOptions } from './settings.js';
