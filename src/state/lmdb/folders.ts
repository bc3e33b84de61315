/** Where in its folder a backend keeps the state of a job: names come from users, so only what is a safe name everywhere is used as one. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Longest name. */
const LONGEST = 120;

/** The folder of a job. Where letter case does not count two jobs may have one; the store, which knows its job's name, tells them apart. */
export const folderOf = (folder: string, job: string): string => join(folder, safeName(job));

function safeName(job: string): string {
  const escaped = job.replace(/[^A-Za-z0-9_-]/g, unit => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length > 0 && escaped.length <= LONGEST ? escaped : `${escaped.slice(0, LONGEST - 33)}.${createHash('sha256').update(job, 'utf16le').digest('hex').slice(0, 32)}`;
}
