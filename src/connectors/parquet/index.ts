/** The door `millrace/parquet`: Parquet files as a source. */
export { parquet, type ParquetOptions } from './parquet.js';
export type { ParquetLimits } from './limits.js';
