/** The door `millrace/files`: NDJSON and CSV files, compressed or not, as sources and sinks. */
export { ndjson, type NdjsonOptions } from './ndjson.js';
export { csv, type CsvOptions, type CsvRow } from './csv.js';
export type { FollowOptions } from './follow/options.js';
export type { Files } from './paths.js';
export type { Compression, TextOptions } from './options.js';
export { ndjsonFile, type NdjsonFileOptions } from './ndjson-file.js';
export { csvFile, type CsvFileOptions } from './csv-file.js';
export { ndjsonParts, type NdjsonPartsOptions } from './ndjson-parts.js';
export { csvParts, type CsvPartsOptions } from './csv-parts.js';
export type { JsonValueOptions } from './ndjson-encoder.js';
export type { CsvRowOptions } from './csv-encoder.js';
export type { PartsOptions } from './parts/options.js';
export { partsOf } from './parts-of.js';
export type { Part } from './parts/token.js';
