/**
 * Bugs planted in the library, one at a time, each to be found by what runs for every commit: the simulated seeds, or the unit tests of the part. Who trusts a campaign that finds nothing has to know that it would.
 * `--only PATTERN`: those whose name matches. `--n`: simulated seeds at most.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Campaign } from './main.js';
import { mutants as planned, type Mutant } from './mutants/list.js';
import { planted } from './mutants/plant.js';
import { root } from './package.js';

/** Mutants tried at the same time. */
const AT_ONCE = 2;
/** A seed takes milliseconds, a test file seconds; what says nothing for so many milliseconds hangs, and is found by that. */
const SILENCE = 120_000;

/** By path, as they are with the mutant. */
type Sources = ReadonlyMap<string, string>;

/** How a mutant was found; nothing if it was not. */
type Found = string | undefined;

export const mutants: Campaign = async ({ n, tell, option }) => {
  const only = new RegExp(option('only') ?? '');
  const chosen = planned.filter(mutant => only.test(mutant.name));
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mutants-'));
  const bundles = join(root, 'node_modules/.cache/millrace-mutants');
  await mkdir(bundles, { recursive: true });
  const complaints: string[] = [];
  let simulated = 0;
  let slowest = 0;
  try {
    // Without a mutant the checks pass; else they would find anything.
    const honest = await simulation(undefined, new Map(), join(bundles, `honest-${process.pid}.mjs`), 60);
    if (honest !== undefined) complaints.push(`Nothing is planted, and the simulation finds ${honest}`);
    const left = chosen.entries();
    const lane = async (): Promise<void> => {
      for (const [index, mutant] of left) {
        const since = performance.now();
        const sources = await planted(root, mutant);
        const bundle = join(bundles, `mutant-${process.pid}-${index}.mjs`);
        const found = mutant.by === 'simulation' ? await simulation(mutant, sources, bundle, n) : await tests(mutant.by, sources, join(folder, `${index}.json`));
        if (mutant.by === 'simulation' && found !== undefined) simulated++;
        slowest = Math.max(slowest, performance.now() - since);
        if (found === undefined) tell(`NOT FOUND ${mutant.name}`);
        if (found === undefined) complaints.push(`"${mutant.name}" was not found by ${mutant.by === 'simulation' ? `${n} simulated seeds` : mutant.by.join(', ')}`);
        else tell(`${mutant.name}: ${found} (${((performance.now() - since) / 1_000).toFixed(1)} s)`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: { mutants: chosen.length, found: chosen.length - complaints.length, bySimulation: simulated, slowestSeconds: Math.round(slowest / 1_000) } };
};

interface Outcome {
  /** `undefined`: it was silent for too long. */
  readonly code: number | undefined;
  readonly text: string;
}

/** Runs a program that says something from time to time. */
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let text = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, SILENCE);
    const gather = (chunk: Buffer): void => {
      text = `${text}${chunk.toString()}`.slice(-20_000);
      timer.refresh();
    };
    child.stdout.on('data', gather);
    child.stderr.on('data', gather);
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(timer);
      resolve({ code: late ? undefined : (code ?? 1), text });
    });
  });

/** The simulated jobs over the library with the mutant. */
async function simulation(mutant: Mutant | undefined, sources: Sources, outfile: string, seeds: number): Promise<Found> {
  await build({
    entryPoints: [join(root, 'test/campaign/mutants/simulation.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    tsconfig: join(root, 'tsconfig.json'),
    plugins: [
      {
        name: 'mutant',
        setup: on =>
          on.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = sources.get(path);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          }),
      },
    ],
  });
  try {
    const { code, text } = await run([outfile, String(seeds), mutant?.first ?? '']);
    const last = text.trim().split('\n').at(-1) ?? '';
    return code === 0 ? undefined : code === undefined ? `it hangs after seed ${last}` : last.slice(0, 160);
  } finally {
    await rm(outfile, { force: true });
  }
}

/** Unit tests over the library with the mutant. */
async function tests(names: readonly string[], sources: Sources, path: string): Promise<Found> {
  await writeFile(path, JSON.stringify(Object.fromEntries(sources)));
  const { code, text } = await run([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, 'test/campaign/mutants/vitest.config.ts'), '--project', 'unit', '--testTimeout', '300000', '--bail', '1', ...names], { MUTANT_SOURCES: path, NO_COLOR: '1' });
  if (code === 0) return undefined;
  if (code !== undefined && !/Test|FAIL/.test(text)) throw new Error(`The tests did not run: ${text.slice(-2_000)}`);
  return code === undefined ? 'it hangs' : (/FAIL.*$/m.exec(text)?.[0] ?? text.trim().split('\n').at(-1) ?? '').trim().slice(0, 160);
}
