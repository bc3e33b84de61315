/** The door `millrace/postgres`: tables of PostgreSQL as sinks. Needs the package `pg`. */
export { postgres, type PostgresOptions } from './postgres.js';
export { PostgresError } from './error.js';
export type { PostgresAddress, PostgresConnection } from './client.js';
