/** Gate: the type system is not talked out of anything, no test is switched off, and nothing is left for later. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { eachNode, filesUnder, librarySources, placeOf, treeOf, type HouseFile } from './sources.js';
import { suiteSkips } from './suite-skips.js';

/** TypeScript has no existential types ("an aggregate with some accumulator"); these two aliases stand for them, and nothing else may say `any`. */
const allowedAny: readonly { readonly path: string; readonly within: string }[] = [
  { path: 'src/core/aggregate.ts', within: 'SomeAccumulator' },
  { path: 'src/core/window.ts', within: 'Trigger' },
];

/** Name of the top-level declaration around a node. */
function declarationAround(node: ts.Node): string {
  let name = '';
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    const named = at as { readonly name?: ts.Node };
    if (ts.isSourceFile(at.parent) && named.name !== undefined && ts.isIdentifier(named.name)) name = named.name.text;
  }
  return name;
}

/** What stands between the tokens of a file and is not white space: its comments, with their places. Text in strings is not a comment. */
function commentsOf(file: HouseFile, tree: ts.SourceFile): { readonly place: string; readonly text: string }[] {
  const comments: { readonly place: string; readonly text: string }[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(tree);
    for (const child of children) walk(child);
    if (children.length > 0) return;
    const trivia = file.text.slice(node.getFullStart(), node.getStart(tree));
    const before = trivia.length - trivia.trimStart().length;
    trivia.trim().split('\n').forEach((text, index) => {
      if (text !== '') comments.push({ place: `${file.path}:${tree.getLineAndCharacterOfPosition(node.getFullStart() + before).line + 1 + index}`, text });
    });
  };
  walk(tree);
  return comments;
}

function typeComplaints(files: readonly HouseFile[]): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    const tree = treeOf(file);
    const mayAny = (node: ts.Node): boolean => allowedAny.some(allowed => allowed.path === file.path && allowed.within === declarationAround(node));
    eachNode(tree, node => {
      const say = (what: string): void => void complaints.push(`${placeOf(file, tree, node)}: ${what}`);
      if (node.kind === ts.SyntaxKind.AnyKeyword && !mayAny(node)) say('any');
      else if (ts.isNonNullExpression(node)) say('a non-null assertion');
      else if ((ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) && node.exclamationToken !== undefined) say('a definite assignment assertion');
      else if (ts.isEnumDeclaration(node)) say('an enum');
      else if (ts.isModuleDeclaration(node)) say('a namespace or module declaration');
      else if (ts.isDecorator(node)) say('a decorator');
      else if (ts.isExportAssignment(node) || (ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(m => m.kind === ts.SyntaxKind.DefaultKeyword))) say('a default export');
    });
    for (const { place, text } of commentsOf(file, tree)) {
      if (/@ts-(ignore|expect-error|nocheck)/.test(text)) complaints.push(`${place}: an ignored type error`);
      if (/(eslint|oxlint)-disable/.test(text) && !allowedAny.some(a => a.path === file.path && text.includes('no-explicit-any'))) complaints.push(`${place}: a lint rule switched off`);
      if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text)) complaints.push(`${place}: something left for later`);
    }
  }
  return complaints;
}

const callsOfTests = new Set(['it', 'test', 'describe', 'suite', 'bench']);
const switchedOff = new Set(['skip', 'only', 'todo', 'fails', 'skipIf', 'runIf']);

/** Tests that are switched off, in whatever way: `it.skip`, `describe.concurrent.only`, `xit`, `context.skip()`, `{ skip: true }`. */
function skipComplaints(files: readonly HouseFile[]): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    const tree = treeOf(file);
    const rootOf = (node: ts.Expression): string =>
      ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) ? rootOf(node.expression) : ts.isIdentifier(node) ? node.text : '';
    eachNode(tree, node => {
      const say = (what: string): void => void complaints.push(`${placeOf(file, tree, node)}: ${what}`);
      if (ts.isPropertyAccessExpression(node) && switchedOff.has(node.name.text) && callsOfTests.has(rootOf(node.expression))) say(node.getText(tree));
      else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && /^(x|f)(it|test|describe)$/.test(node.expression.text)) say(node.expression.text);
      else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'skip' && node.arguments.length <= 1 && /^(context|ctx|task|t)$/.test(rootOf(node.expression))) say(node.getText(tree));
      else if (ts.isCallExpression(node) && callsOfTests.has(rootOf(node.expression))) {
        for (const argument of node.arguments) {
          if (!ts.isObjectLiteralExpression(argument)) continue;
          for (const property of argument.properties) if (property.name !== undefined && switchedOff.has(property.name.getText(tree))) say(`{ ${property.getText(tree)} }`);
        }
      }
    });
  }
  return complaints;
}

describe('types', () => {
  it('are not talked out of anything in src', () => expect(typeComplaints(librarySources())).toEqual([]));

  const planted = (text: string, path = 'src/stream/a.ts'): string[] => typeComplaints([{ path, text }]);
  it.each([
    'const a: any = 1;',
    'let a = b as any;',
    'const f = <T extends any[]>() => 0;',
    'a!.b',
    'let a!: number;',
    '// @ts-ignore\na.b',
    'f(/* @ts-expect-error */ a)',
    '// eslint-disable-next-line\na',
    '// TODO later\nconst a = 1;',
    'const a = 1; // FIXME',
    'enum A { b }',
    'namespace A {}',
    'export default 1;',
    'export default function f() {}',
    '@d class A {}',
  ])('the gate sees %j', text => expect(planted(text)).toHaveLength(1));
  it.each(['const any = "any";', '// any of them', 'const s = "// TODO";', 'if (!a) b()', 'a !== b'])('and lets %j pass', text => expect(planted(text)).toEqual([]));
  it('any is allowed in the two aliases and not beside them', () => {
    expect(planted('// oxlint-disable-next-line typescript/no-explicit-any -- reason\nexport type SomeAccumulator = any;', 'src/core/aggregate.ts')).toEqual([]);
    expect(planted('export type Other = any;', 'src/core/aggregate.ts')).toHaveLength(1);
  });
});

describe('tests', () => {
  it('all run', () => expect(skipComplaints([...filesUnder('test', /\.ts$/), ...filesUnder('examples', /\.ts$/)])).toEqual([]));
  it('of contract suites are left out only with a reason', () => expect(suiteSkips.filter(({ reason }) => reason.trim().split(/\s+/).length < 3)).toEqual([]));

  const planted = (text: string): string[] => skipComplaints([{ path: 'test/a.test.ts', text }]);
  it.each(['it.skip("a", f)', 'describe.only("a", f)', 'it.todo("a")', 'test.concurrent.skip("a", f)', 'it.skipIf(x)("a", f)', 'xit("a", f)', 'it("a", { skip: true }, f)', 'it("a", context => { context.skip() })'])(
    'the gate sees %s',
    text => expect(planted(text)).toHaveLength(1),
  );
  it.each(['it("skips what is late", f)', 'stream.skip(1)', 'policy("skip")', 'expect(only).toBe(1)', 'source.map({ skip: 1 })'])('and lets %s pass', text => expect(planted(text)).toEqual([]));
});
