/** Which files are meant: paths, file URLs, or patterns with `*` in any of their parts; and whether they can be read, asked of all of them before a job starts. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Disk, DiskFile } from '../../core/disk.js';
import { ConfigurationError, DataError, causeText, type Problem } from '../../core/errors.js';
import type { Checker } from '../settings.js';

/** A path, a file URL, or a path with `*` for any characters within one of its parts; or several of them. */
export type Files = string | URL | readonly (string | URL)[];

const pathOf = (file: string | URL): string => (file instanceof URL ? fileURLToPath(file) : file);

/** The paths given; whether they exist is asked later, by {@link findFiles}. */
export function pathsOf(files: Files, check: Checker): readonly string[] {
  const paths = (typeof files === 'string' || files instanceof URL ? [files] : files).map(pathOf);
  if (paths.length === 0 || paths.includes('')) check.refuse('', 'No file is given, or an empty path.', 'Give at least one path.');
  if (new Set(paths).size < paths.length) check.refuse('', 'A file is given twice.', 'Give each once: a file is a split, and splits are told apart by their paths.');
  return paths;
}

/** The path of a file to be written. */
export function targetOf(file: string | URL, check: Checker): string {
  const path = pathOf(file);
  if (path === '') check.refuse('', 'The path is empty.', 'Give the path of a file.');
  return path;
}

const codeOf = (cause: unknown): unknown => (typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined);

/** What is wrong, and what to do about it, in words. */
export function reasonOf(cause: unknown): { readonly what: string; readonly fix: string } {
  switch (codeOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { what: 'does not exist.', fix: `Check the path; relative ones start at ${process.cwd()}.` };
    case 'EACCES':
    case 'EPERM':
      return { what: 'may not be read.', fix: 'Give the user that runs the job permission to read it.' };
    case 'EISDIR':
      return { what: 'is a folder.', fix: 'Give a file in it, or a pattern such as "folder/*.ndjson".' };
    default:
      return { what: `cannot be read: ${causeText(cause)}.`, fix: 'Check the path and the disk.' };
  }
}

/** A file that could be read when the job started, and now cannot. */
export function unreadable(path: string, cause: unknown): DataError {
  const { what, fix } = reasonOf(cause);
  return new DataError('files-unreadable', `The file "${path}" ${what} ${fix}`, path, { cause });
}

/** Opens what a path leads to: a disk follows no link at the end of one, and files to be read may stand behind some. */
export const openThrough = async (disk: Disk, path: string): Promise<DiskFile> => disk.open((await disk.realPath?.(path)) ?? path, 'read');

/** The files there are for these paths, patterns expanded in the order of their names. Throws a {@link ConfigurationError} listing every one that cannot be read. */
export async function findFiles(disk: Disk, where: string, paths: readonly string[]): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const refuse = (path: string, what: string, fix: string): void => void problems.push({ code: 'files-unreadable', where, what: `"${path}" ${what}`, fix });
  const found = new Set<string>();
  for (const path of paths) {
    const matching = path.includes('*') ? await expand(disk, path) : [path];
    if (matching.length === 0) refuse(path, 'matches no file.', `Check the pattern; relative ones start at ${process.cwd()}.`);
    for (const file of matching) {
      try {
        const kind = (await disk.look(file))?.kind;
        if (kind === undefined) throw Object.assign(new Error('there is no such file'), { code: 'ENOENT' });
        if (kind === 'folder') throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
        if (kind !== 'file') throw new Error('it is not a regular file, so it could not be read again');
        await (await openThrough(disk, file)).close();
        found.add(file);
      } catch (cause) {
        const { what, fix } = reasonOf(cause);
        refuse(file, what, fix);
      }
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return [...found];
}

/** Paths that match, sorted part by part. A name that begins with a dot is meant only by a pattern that does. */
export async function expand(disk: Disk, pattern: string): Promise<string[]> {
  const above = dirname(pattern);
  const folders = above.includes('*') ? await expand(disk, above) : [above];
  const last = pattern.slice(above === '.' && !pattern.startsWith('.') ? 0 : above.length).replace(/^[\\/]+/, '');
  const name = matcher(last);
  const found: string[] = [];
  for (const folder of folders) {
    if (!last.includes('*')) {
      if ((await disk.look(join(folder, last))) !== undefined) found.push(join(folder, last));
      continue;
    }
    const names = await disk.list(folder).catch(() => []);
    found.push(...names.filter(n => name.test(n) && (last.startsWith('.') || !n.startsWith('.'))).sort().map(n => join(folder, n)));
  }
  return found;
}

const matcher = (pattern: string): RegExp => new RegExp(`^${pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?')}$`);
