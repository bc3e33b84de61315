/** The parts of a folder, for readers that want to know more than their names. */
import { fileURLToPath } from 'node:url';
import { systemDisk, type Disk } from '../../core/disk.js';
import { readManifest } from './parts/manifest.js';
import type { Part } from './parts/token.js';

/**
 * The parts that {@link ndjsonParts} or {@link csvParts} made visible in a folder, in the order of their checkpoints. It may be asked while the job runs: a checkpoint's parts are listed all at once.
 *
 * @param folder path or file URL of the folder
 * @param disk where the folder is; the disk of this machine by default
 * @returns path below the folder, rows, bytes, CRC-32, checkpoint and generation of each; none for a folder without a list
 * @throws DataError `files-manifest` when the list is damaged
 * @example
 * ```ts
 * import { partsOf } from 'millrace/files';
 *
 * const rows = (await partsOf('out/sales')).reduce((sum, part) => sum + part.rows, 0);
 * ```
 */
export const partsOf = (folder: string | URL, disk: Disk = systemDisk): Promise<readonly Part[]> => readManifest(disk, folder instanceof URL ? fileURLToPath(folder) : folder);
