/** Gate: what the documentation shows, compiles; what it says can be run, runs. Pages, READMEs of examples and TSDoc examples alike. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { blocksOfPage, blocksOfSource, moduleOf, type Block } from './blocks.js';
import { doorsOf, exportsOf, manifest, programOf } from './program.js';
import { filesUnder, librarySources, root, type HouseFile } from './sources.js';

const doors = doorsOf(manifest);

async function pages(): Promise<HouseFile[]> {
  const readme: HouseFile[] = existsSync(`${root}README.md`) ? [{ path: 'README.md', text: await readFile(`${root}README.md`, 'utf8') }] : [];
  return [...readme, ...filesUnder('docs', /\.md$/), ...filesUnder('examples', /\.md$/)];
}

/** Public name -> the door an example may take it from; the main door first. */
function doorOfNames(): Map<string, string> {
  const program = programOf(doors.map(door => door.path));
  const names = new Map<string, string>();
  for (const door of doors) for (const { name } of exportsOf(program, door)) if (!names.has(name)) names.set(name, door.name);
  return names;
}

/** What the compiler says about each block, all of them in one program; each is a module of its own. */
function compileComplaints(blocks: readonly Block[], doorOf: ReadonlyMap<string, string>): string[] {
  const files = blocks.map(block => ({ block, path: `.blocks/${block.path}.${block.line}.ts`, text: moduleOf(block, doorOf) }));
  const program = programOf([], files);
  return files.flatMap(({ block, path }) => {
    const file = program.getSourceFile(root + path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ start, messageText }) => {
      const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line;
      return `${block.path}:${block.line + line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

/** Bundles the blocks that run (sources of the house inside, packages outside) and runs each page in a process and an empty folder of its own. */
async function runComplaints(blocks: readonly Block[], doorOf: ReadonlyMap<string, string>): Promise<string[]> {
  if (blocks.length === 0) return [];
  await mkdir(`${root}node_modules/.cache`, { recursive: true });
  // Below node_modules, so that packages are found from there.
  const folder = await mkdtemp(`${root}node_modules/.cache/millrace-blocks-`);
  const empty = await mkdtemp(join(tmpdir(), 'millrace-blocks-'));
  try {
    await build({
      entryPoints: blocks.map((_, index) => ({ in: `block:${index}`, out: `${index}` })),
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outExtension: { '.js': '.mjs' },
      packages: 'external',
      logLevel: 'silent',
      alias: Object.fromEntries(doors.map(door => [door.name, root + door.path]).toReversed()),
      plugins: [
        {
          name: 'blocks',
          setup(to) {
            to.onResolve({ filter: /^block:/ }, ({ path }) => ({ path, namespace: 'block' }));
            to.onLoad({ filter: /./, namespace: 'block' }, ({ path }) => {
              const block = blocks[Number(path.slice('block:'.length))];
              return { contents: block === undefined ? '' : moduleOf(block, doorOf), loader: 'ts', resolveDir: root };
            });
          },
        },
      ],
    });
    // TSDoc examples are small and many: one process for each door or floor.
    const groupOf = ({ fromExample, path }: Block): string => (fromExample ? path.split('/').slice(0, 2).join('/') : path);
    const groups = [...new Set(blocks.map(groupOf))];
    const complaintsOf = async (group: string): Promise<readonly string[]> => {
      const list = blocks.flatMap((block, index) => (groupOf(block) === group ? [{ place: block.place, url: pathToFileURL(join(folder, `${index}.mjs`)).href }] : []));
      try {
        await promisify(execFile)(process.execPath, [`${root}test/gates/run-blocks.mjs`, JSON.stringify(list)], { cwd: await mkdtemp(join(empty, 'page-')), timeout: 100_000 });
        return [];
      } catch (error) {
        return [(error as { stderr?: string }).stderr?.trim() || `${group}: ${String(error)}`];
      }
    };
    const complaints: (readonly string[])[] = [];
    const waiting = groups.entries();
    const oneAfterTheOther = async (): Promise<void> => {
      for (const [index, group] of waiting) complaints[index] = await complaintsOf(group);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, oneAfterTheOther));
    return complaints.flat();
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(empty, { recursive: true, force: true });
  }
}

describe('documentation', async () => {
  const doorOf = doorOfNames();
  const onPages = (await pages()).flatMap(blocksOfPage);
  const inSources = librarySources().flatMap(blocksOfSource);

  it('compiles: pages', () => expect(compileComplaints(onPages, doorOf)).toEqual([]));
  it('compiles: examples in TSDoc', () => expect(compileComplaints(inSources, doorOf)).toEqual([]));
  it('runs', async () => expect(await runComplaints([...onPages, ...inSources].filter(block => block.run), doorOf)).toEqual([]));

  describe('the gate', () => {
    const page = (...code: string[]): Block[] => blocksOfPage({ path: 'docs/planted.md', text: ['# Title', '', '```ts run', ...code, '```', ''].join('\n') });

    it('finds blocks on pages, indented ones too, and leaves other languages alone', () =>
      expect(blocksOfPage({ path: 'a.md', text: 'x\n```ts\na;\n```\n- item\n  ```ts run\n  b;\n    c;\n  ```\n```sh\nd\n```\n' })).toEqual([
        { place: 'a.md:3', path: 'a.md', line: 3, code: 'a;\n', run: false, fromExample: false },
        { place: 'a.md:7', path: 'a.md', line: 7, code: 'b;\n  c;\n', run: true, fromExample: false },
      ]));
    it('finds examples in TSDoc', () =>
      expect(blocksOfSource({ path: 'a.ts', text: '\n/**\n * A.\n * @example\n * ```ts\n * a(\n *   b);\n * ```\n */\nexport const a = 1;\n/** B */\n' })).toEqual([
        { place: 'a.ts:6', path: 'a.ts', line: 6, code: 'a(\n  b);\n', run: true, fromExample: true },
      ]));
    it('refuses a block without an end', () => expect(() => blocksOfPage({ path: 'a.md', text: '```ts\na' })).toThrow('a.md:1: the code block has no end'));
    it('imports for a TSDoc example what it does not import itself', () => {
      const example = (code: string): string => moduleOf({ place: 'a.ts:1', path: 'a.ts', line: 1, code, run: true, fromExample: true }, new Map([['run', 'millrace'], ['csv', 'millrace/files']]));
      expect(example('run(csv(1));')).toBe("import { run } from 'millrace'; import { csv } from 'millrace/files';run(csv(1));");
      expect(example("import { run } from './mine.js';\nconst csv = 1; run(csv); job.run;")).toBe("import { run } from './mine.js';\nconst csv = 1; run(csv); job.run;");
    });
    it('sees a block that does not compile, with its line', () =>
      expect(compileComplaints(page("import { of } from 'rxjs';", 'const n: number = "a";', 'await of(1).nowhere();'), doorOf)).toEqual([
        "docs/planted.md:5: Type 'string' is not assignable to type 'number'.",
        "docs/planted.md:6: Property 'nowhere' does not exist on type 'Observable<number>'.",
      ]));
    it('sees a block that throws, in the page that has it', async () => {
      const complaints = await runComplaints([...page('console.log(1);'), ...page("throw new Error('planted');")], doorOf);
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toMatch(/^docs\/planted\.md:4: failed: Error: planted/);
    });
    it('sees a promise nobody looks at, and one that never comes', async () => {
      expect((await runComplaints(page('void Promise.reject(new Error("lost"));', 'await new Promise(r => setTimeout(r, 20));'), doorOf))[0]).toContain('nobody looked: Error: lost');
      expect((await runComplaints(page('setInterval(() => {}, 1_000);'), doorOf))[0]).toContain('something is still open');
    });
  });
});
