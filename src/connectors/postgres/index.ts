/** The door `millrace/postgres`: tables of PostgreSQL as sinks. Needs the package `pg`. */
export { postgres } from './postgres.js';
export type { PostgresOptions } from './options.js';
export { PostgresError } from './error.js';
export type { PostgresAddress, PostgresConnection } from './client.js';
