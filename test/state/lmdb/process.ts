/** A process of its own that holds a store, and does what it is told line by line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { inject } from 'vitest';

let built: Promise<string> | undefined;

/** The library as a program of one file. */
function program(): Promise<string> {
  built ??= (async () => {
    const outfile = join(inject('folder'), `lmdb-process-${process.pid}.mjs`);
    const src = new URL('../../../src/', import.meta.url).pathname;
    await build({
      stdin: {
        resolveDir: src,
        contents: `
import { createInterface } from 'node:readline';
import { lmdb } from './state/lmdb/lmdb.js';
import { systemEnvironment } from './core/clock.js';
const [folder, lease] = process.argv.slice(2);
const store = await lmdb(folder, { lease }).open('job', systemEnvironment(new AbortController().signal)).catch(cause => { console.log('refused', cause.code, cause.message); process.exit(1); });
const table = store.table('step', 'table');
let checkpoint = store.restored?.checkpoint ?? 0;
console.log('open', store.generation, checkpoint, table.get('n'));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') break;
  if (line === 'busy') { const until = performance.now() + 300; while (performance.now() < until); console.log('idle'); continue; }
  table.set('n', checkpoint + 1);
  for (let i = 0; i < 1_000; i++) table.set(i, checkpoint + 1);
  let asked = 0;
  const go = () => { if (line === 'stop' && ++asked === 500) { console.log('stopping'); process.kill(process.pid, 'SIGSTOP'); } return asked % 100 !== 99; };
  try {
    await store.commit({ job: 'job', generation: store.generation, checkpoint: checkpoint + 1, plan: [], positions: {}, watermarks: {}, committables: {} }, { go });
    console.log('committed', ++checkpoint);
  } catch (cause) { console.log('failed', cause.code); }
}
await store.close();
console.log('closed');
process.stdin.destroy();`,
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      plugins: [{ name: 'peer', setup: b => b.onResolve({ filter: /^lmdb$/ }, () => ({ path: pathToFileURL(createRequire(import.meta.url).resolve('lmdb')).href, external: true })) }],
    });
    return outfile;
  })();
  return built;
}

export interface StoreProcess {
  readonly child: ChildProcess;
  /** The next line it says. */
  line(): Promise<string | undefined>;
  tell(what: 'commit' | 'stop' | 'busy' | 'close'): void;
  end(): Promise<void>;
}

export async function storeProcess(folder: string, lease: string): Promise<StoreProcess> {
  const child = spawn(process.execPath, [await program(), folder, lease], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  return {
    child,
    line: async () => ((await lines.next()) as IteratorResult<string, undefined>).value,
    tell: what => void child.stdin.write(`${what}\n`),
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
