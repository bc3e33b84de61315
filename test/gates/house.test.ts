/** Gate: one idea a file, no drawer for odds and ends, and a test where the reader looks for it. */
import { describe, expect, it } from 'vitest';
import { filesUnder, librarySources, type HouseFile } from './sources.js';

const LONGEST = 300;
/** Lines within which a file has begun to say what it is for; its imports may stand before. */
const FIRST_SCREEN = 20;
const drawers = /^(utils?|helpers?|misc|common|shared|lib)(\.|$)/;
const mirrored = ['operators', 'windows', 'aggregates', 'watermarks', 'state', 'joins', 'tables', 'patterns'];

/** Files longer than the rule, each with its decision record. */
const longFiles: { readonly [path: string]: string } = {};

function houseComplaints(sources: readonly HouseFile[], tests: readonly string[]): string[] {
  const complaints: string[] = [];
  for (const { path, text } of sources) {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > LONGEST && longFiles[path] === undefined) complaints.push(`${path}: ${lines} lines; split it, or write a decision record and enter it here`);
    if (path.split('/').some(part => drawers.test(part))) complaints.push(`${path}: a helper lives beside its user, or is a word of core`);
    const [, floor = '', ...rest] = path.split('/');
    const test = path.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts');
    if (mirrored.includes(floor) && rest.at(-1) !== 'index.ts' && !tests.includes(test)) complaints.push(`${path}: no ${test}`);
    const words = text.split('\n').slice(0, FIRST_SCREEN).join('\n');
    if (!/^\/\*\*|^\/\/ /m.test(words)) complaints.push(`${path}: the first screen does not say what it is for`);
  }
  return complaints;
}

/** Tests whose source is gone: `test/operators/map.test.ts` without `src/operators/map.ts`. */
const orphans = (sources: readonly string[], tests: readonly string[]): string[] =>
  tests.filter(test => mirrored.includes(test.split('/')[1] ?? '') && !sources.includes(test.replace(/^test\//, 'src/').replace(/(\.[\w-]+)?\.test\.ts$/, '.ts')));

const testPaths = (): string[] => filesUnder('test', /\.test\.ts$/).map(file => file.path);

describe('the house', () => {
  it('has files of one idea, no drawers, and a test for each operator, window, aggregate, watermark and state', () => expect(houseComplaints(librarySources(), testPaths())).toEqual([]));
  it('has no test without its source', () => expect(orphans(librarySources().map(file => file.path), testPaths())).toEqual([]));

  it('the gate sees a long file', () => {
    const file = (lines: number): HouseFile => ({ path: 'src/core/a.ts', text: `/** A. */\n${'a;\n'.repeat(lines - 1)}` });
    expect(houseComplaints([file(300)], [])).toEqual([]);
    expect(houseComplaints([file(301)], [])).toHaveLength(1);
  });
  it.each(['src/utils/a.ts', 'src/core/helpers.ts', 'src/core/util.ts', 'src/common/b.ts'])('the gate sees the drawer %s', path => expect(houseComplaints([{ path, text: '/** A. */\n' }], [])).toHaveLength(1));
  it('the gate sees an operator without a test and a file that does not introduce itself', () =>
    expect(houseComplaints([{ path: 'src/operators/map.ts', text: 'export const a = 1;\n' }], ['test/operators/filter.test.ts'])).toHaveLength(2));
  it('the gate sees a test without a source, and knows `map.laws.test.ts` as one of map', () => {
    expect(orphans(['src/operators/map.ts'], ['test/operators/map.test.ts', 'test/operators/map.laws.test.ts', 'test/runners/any.test.ts'])).toEqual([]);
    expect(orphans([], ['test/operators/map.test.ts'])).toHaveLength(1);
  });
});
