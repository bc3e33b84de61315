/** The package as a user gets it: packed, and installed into an empty project somewhere else. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
}

/** Runs a program to its end, without a shell. */
export async function outcomeOf(command: string, parameters: readonly string[], cwd = root): Promise<Outcome> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, parameters, { cwd, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', NODE_OPTIONS: '' } });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, out: stdout + stderr };
  }
}

/** Like {@link outcomeOf} for programs that must succeed. */
export async function run(command: string, parameters: readonly string[], cwd = root): Promise<string> {
  const { code, out } = await outcomeOf(command, parameters, cwd);
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${code}:\n${out}`);
  return out;
}

/** The packed package and two projects that use it. */
export interface Scratch {
  readonly tarball: string;
  /** Where both projects lie and their packages are installed. */
  readonly folder: string;
  /** Paths inside the tarball. */
  readonly files: readonly string[];
  /** Project with `"type": "module"`. */
  readonly esm: string;
  /** Project with `"type": "commonjs"`. */
  readonly cjs: string;
  remove(): Promise<void>;
}

const versionOf = async (name: string): Promise<string> => (JSON.parse(await readFile(`${root}node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;

/** Installs packages in the versions this repository has them, and tarballs. */
export async function addPackages(folder: string, names: readonly string[], tarballs: readonly string[] = []): Promise<void> {
  const exact = await Promise.all(names.map(async name => `${name}@${await versionOf(name)}`));
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs, ...exact], folder);
}

/** Packs what was built and installs it with its peer, the way `npm install millrace rxjs` would. The optional peers stay away. */
export async function scratchProjects(): Promise<Scratch> {
  if (!existsSync(`${root}dist/index.js`)) throw new Error('There is nothing to pack: run `npm run build` first.');
  const folder = await mkdtemp(join(tmpdir(), 'millrace-package-'));
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error('npm pack gave nothing.');
  const tarball = join(folder, packed.filename);
  const [esm, cjs] = [join(folder, 'esm'), join(folder, 'cjs')];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'scratch', private: true }));
  await addPackages(folder, ['rxjs', 'zod', '@types/node'], [tarball]);
  for (const [project, type] of [[esm, 'module'], [cjs, 'commonjs']] as const) {
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: `scratch-${type}`, private: true, type }));
    await cp(`${root}test/types/programs.ts`, join(project, 'programs.ts'));
    await cp(`${root}test/package/consumer.ts`, join(project, 'consumer.ts'));
  }
  return { tarball, folder, files: packed.files.map(file => file.path).toSorted(), esm, cjs, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Compiler settings of a careful user, who checks the declarations of his dependencies too. */
export async function writeSettings(project: string, settings: { readonly [name: string]: unknown } = {}, files: readonly string[] = ['programs.ts', 'consumer.ts']): Promise<void> {
  const compilerOptions = {
    target: 'ES2022', lib: ['ES2023', 'DOM', 'DOM.AsyncIterable'], module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'],
    strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false, rootDir: '.', ...settings,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
}

/** The two compilers the package supports, and where each puts what it makes. */
export const compilers = [
  { name: 'TypeScript 6', bin: `${root}node_modules/typescript/bin/tsc`, out: 'out6' },
  { name: 'TypeScript 7', bin: `${root}node_modules/typescript7/bin/tsc`, out: 'out7' },
] as const;
