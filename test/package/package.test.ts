/** The package as its users see it: what is in it, what its types say under both compilers, and that it runs as ESM and as CommonJS. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importMilliseconds, mainDoorBytes } from './measure.js';
import { addPackages, compilers, outcomeOf, root, scratchProjects, writeSettings, type Scratch } from './scratch.js';

const LARGEST_BYTES = 80_000;
const SLOWEST_IMPORT = 2;

let scratch: Scratch;
beforeAll(async () => {
  scratch = await scratchProjects();
});
afterAll(() => scratch?.remove());

/** Everything package.json points at. */
const targetsOf = (exported: unknown): string[] =>
  typeof exported === 'string' ? [exported] : exported === null || typeof exported !== 'object' ? [] : Object.values(exported).flatMap(targetsOf);

describe('the tarball', () => {
  it('holds the build, the words around it, and nothing else', () => {
    expect(scratch.files.filter(path => !path.startsWith('dist/'))).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(scratch.files.filter(path => path.startsWith('dist/') && !/\.(js|cjs|d\.ts|d\.cts)$/.test(path))).toEqual([]);
  });
  it('holds every file its manifest points at', async () => {
    const manifest = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { exports: unknown; main: string; module: string; types: string };
    const targets = targetsOf([manifest.exports, manifest.main, manifest.module, manifest.types]).map(path => path.replace('./', ''));
    expect(targets.filter(path => !scratch.files.includes(path))).toEqual([]);
  });
  it('does not name a type of an optional peer in its declarations', async () => {
    const declarations = scratch.files.filter(path => /\.d\.c?ts$/.test(path));
    const texts = await Promise.all(declarations.map(async path => ({ path, text: await readFile(join(root, path), 'utf8') })));
    expect(texts.filter(({ text }) => /from ['"]hyparquet|import\(['"]hyparquet/.test(text)).map(({ path }) => path)).toEqual([]);
  });
  it('pleases publint', async () => {
    const file = await readFile(scratch.tarball);
    const tarball = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map(message => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
  it('has right types for every way to import it', async () => {
    const { code, out } = await outcomeOf(process.execPath, [`${root}node_modules/@arethetypeswrong/cli/dist/index.js`, scratch.tarball, '--profile', 'node16', '--no-color', '--no-emoji']);
    expect(code, out).toBe(0);
  });
});

describe.each(['esm', 'cjs'] as const)('a project of kind %s', kind => {
  it.each(compilers)('compiles the programs users write, under $name, declarations checked too', async ({ bin, out: folder }) => {
    await writeSettings(scratch[kind], { outDir: folder });
    const { code, out } = await outcomeOf(process.execPath, [bin], scratch[kind]);
    expect(code, out).toBe(0);
  });
  it('is told what the package does not have, so that the check above means something', async () => {
    await writeFile(join(scratch[kind], 'fault.ts'), "import { nowhere } from 'millrace';\nnowhere();\n");
    await writeSettings(scratch[kind], { skipLibCheck: true }, ['fault.ts']);
    const { code, out } = await outcomeOf(process.execPath, [compilers[0].bin, '--noEmit'], scratch[kind]);
    expect(code).not.toBe(0);
    expect(out).toContain("has no exported member 'nowhere'");
  });
  it.each(compilers)('runs what $name made of it, and shares classes between doors', async ({ out: folder }) => {
    const { code, out } = await outcomeOf(process.execPath, [join(scratch[kind], folder, 'consumer.js')], scratch[kind]);
    expect(code, out).toBe(0);
    expect(out.trim().split('\n').at(-1)).toBe('consumer done');
  });
});

describe('the optional packages', () => {
  beforeAll(async () => addPackages(scratch.folder, ['hyparquet', 'hyparquet-compressors']));
  it.each(['esm', 'cjs'] as const)('open the parquet door in a project of kind %s', async kind => {
    const { code, out } = await outcomeOf(process.execPath, [join(scratch[kind], compilers[0].out, 'consumer.js'), `${root}node_modules/vega-datasets/data/flights-3m.parquet`], scratch[kind]);
    expect(code, out).toBe(0);
  });
});

describe('a bundler', () => {
  it.each(compilers)('finds the types too, under $name', async ({ bin }) => {
    await writeSettings(scratch.esm, { module: 'ESNext', moduleResolution: 'Bundler', skipLibCheck: true });
    const { code, out } = await outcomeOf(process.execPath, [bin, '--noEmit'], scratch.esm);
    expect(code, out).toBe(0);
  });
  it(`gets a main door of at most ${LARGEST_BYTES / 1_000} kB, minified and gzipped, without dependencies`, async () => {
    const bytes = await mainDoorBytes();
    console.log(`main door: ${(bytes / 1_000).toFixed(1)} kB minified and gzipped`);
    expect(bytes).toBeLessThanOrEqual(LARGEST_BYTES);
  });
});

describe('a start', () => {
  it(`takes at most ${SLOWEST_IMPORT} times as long as that of rxjs`, async () => {
    const [ours = 0, theirs = 0] = await importMilliseconds(scratch.esm, ['millrace', 'rxjs'], 11);
    console.log(`import: millrace ${ours.toFixed(1)} ms, rxjs ${theirs.toFixed(1)} ms, ratio ${(ours / theirs).toFixed(2)}`);
    expect(ours / theirs).toBeLessThanOrEqual(SLOWEST_IMPORT);
  });
});
