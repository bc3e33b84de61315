/** The job of the campaigns imports the packed package, as a user's does: built, packed, unpacked into a folder of its own beside links to the peers of this repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository; this file may be bundled, so it is told by whoever starts the campaign. */
export const root = process.env['CAMPAIGN_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));

const run = promisify(execFile);

export interface Installed {
  /** A folder with `node_modules/millrace` and `job.mjs`. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Packs what is built (see `npm run build`) and makes a project of it. */
export async function install(): Promise<Installed> {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('There is nothing to pack: run `npm run build` first.');
  const folder = await mkdtemp(join(tmpdir(), 'millrace-campaign-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error('npm pack gave nothing.');
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await run('tar', ['xzf', join(folder, packed.filename), '-C', modules]);
  await cp(join(modules, 'package'), join(modules, 'millrace'), { recursive: true });
  await rm(join(modules, 'package'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) if (!name.startsWith('.') && name !== 'millrace') await symlink(join(root, 'node_modules', name), join(modules, name));
  // What runs there, beside the package it imports.
  const scripts = join(root, 'test/campaign');
  for (const name of await readdir(scripts)) if (name.endsWith('.mjs')) await cp(join(scripts, name), join(folder, name));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
