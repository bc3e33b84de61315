/** Gate: the doors in package.json are the doors that are built, and a door is a list of names, not a room. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import build from '../../tsup.config.js';
import { doorsOf, manifest, type Door } from './program.js';
import { filesUnder, placeOf, root, treeOf, type HouseFile } from './sources.js';

/** Built, and no door but the command. */
const COMMAND = 'src/cli/millrace.ts';

/** Built entries and public doors must be the same files; each connector folder with an index is a door. */
function doorComplaints(doors: readonly Door[], entries: readonly string[], connectors: readonly string[]): string[] {
  const paths = doors.map(door => door.path);
  return [
    ...paths.filter(path => !entries.includes(path)).map(path => `${path}: a door that tsup does not build`),
    ...entries.filter(path => !paths.includes(path)).map(path => `${path}: built, but no door of package.json`),
    ...connectors.filter(path => !paths.includes(path)).map(path => `${path}: a connector without a door`),
    ...doors.filter(({ name, path }) => name !== 'millrace' && !path.endsWith(`${name.replace(/^millrace/, '')}/index.ts`)).map(({ name, path }) => `${name}: leads to ${path}`),
  ];
}

/** Statements of a door that are more than passing names on. */
function roomComplaints(files: readonly HouseFile[]): string[] {
  return files.flatMap(file => {
    const tree = treeOf(file);
    return tree.statements.filter(s => !(ts.isExportDeclaration(s) && s.moduleSpecifier !== undefined)).map(s => `${placeOf(file, tree, s)}: a door only passes names on`);
  });
}

const entriesOf = (): string[] => {
  if (typeof build === 'function' || Array.isArray(build) || build.entry === undefined || Array.isArray(build.entry)) throw new Error('tsup.config.ts: `entry` is expected to be an object');
  return Object.values(build.entry).filter(path => path !== COMMAND);
};

describe('doors', () => {
  const doors = doorsOf(manifest);
  it('are built, and lead where their name says', () =>
    expect(doorComplaints(doors, entriesOf(), filesUnder('src/connectors', /^index\.ts$/).map(file => file.path))).toEqual([]));
  it('only pass names on', () => expect(roomComplaints(doors.map(({ path }) => ({ path, text: readFileSync(root + path, 'utf8') })))).toEqual([]));

  it('the gate sees a door that is not built, a build without a door, a connector without one, and a wrong address', () => {
    const files: Door = { name: 'millrace/files', path: 'src/connectors/files/index.ts' };
    expect(doorComplaints([files], [files.path], [files.path])).toEqual([]);
    expect(doorComplaints([files], [], [])).toHaveLength(1);
    expect(doorComplaints([], [files.path], [])).toHaveLength(1);
    expect(doorComplaints([files], [files.path], [files.path, 'src/connectors/mail/index.ts'])).toHaveLength(1);
    expect(doorComplaints([{ name: 'millrace/file', path: files.path }], [files.path], [])).toHaveLength(1);
  });
  it('the gate sees logic in a door', () =>
    expect(roomComplaints([{ path: 'src/index.ts', text: `export { a } from './a.js';\nimport { b } from './b.js';\nexport const c = b();\nexport { b };` }])).toHaveLength(3));
});
