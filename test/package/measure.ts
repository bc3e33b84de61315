/** What the main door costs: bytes in a bundle, milliseconds at start. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root, run } from './scratch.js';

/** Bytes of the built main door and all it brings along, minified and gzipped, without dependencies. */
export async function mainDoorBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [`${root}dist/index.js`], bundle: true, minify: true, write: false, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'silent',
  });
  return gzipSync(outputFiles.map(file => file.text).join(''), { level: 9 }).length;
}

/** Least milliseconds of importing each package, in a fresh process each time, taking turns: whatever else the machine does only adds to what an import costs. */
export async function importMilliseconds(project: string, packages: readonly string[], rounds: number): Promise<number[]> {
  const times = packages.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, name] of packages.entries()) {
      const code = `const from = performance.now(); await import('${name}'); console.log(performance.now() - from);`;
      times[index]?.push(Number(await run(process.execPath, ['--input-type=module', '--eval', code], project)));
    }
  }
  return times.map(list => Math.min(...list));
}
