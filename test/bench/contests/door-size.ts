import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { report } from '../kit/report.js';

/** Bytes. */
const ALLOWED = 40_000;

const root = new URL('../../../', import.meta.url); // from where contests are bundled to
const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('src/index.ts', root))], bundle: true, minify: true, write: false, platform: 'node', format: 'esm', target: 'node20', packages: 'external' });
const size = gzipSync(outputFiles[0]?.contents ?? '').byteLength;
report({ name: 'main door, minified and gzipped, without dependencies', rival: '40 kB', goal: 1, ratio: ALLOWED / size, spread: 0, detail: `${(size / 1_000).toFixed(1)} kB` });
