/** Gate: time, timers and randomness come from the injected clock, or tests, replays and simulation would not be what they say. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { eachNode, librarySources, liesIn, placeOf, treeOf, type HouseFile } from './sources.js';

/** The one real clock. */
const clock = ['src/core/clock.ts'];
/** Virtual time lets promises settle in turns of the host's loop, whose `setImmediate` it takes before a test can replace it. */
const realTurns: { readonly [name: string]: readonly string[] } = { setImmediate: ['src/testing/virtual-clock.ts', 'src/testing/simulation/scheduler.ts'], clearImmediate: ['src/testing/virtual-clock.ts'] };

const globals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'performance']);
const members: { readonly [object: string]: readonly string[] } = {
  Date: ['now'],
  Math: ['random'],
  process: ['hrtime', 'uptime'],
  AbortSignal: ['timeout'],
  crypto: ['randomUUID', 'getRandomValues', 'randomBytes'],
};
const modules = /^(node:)?(timers(\/promises)?|perf_hooks)$/;

/** Is the identifier the global itself, rather than the name of some property, parameter or import? */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return ts.isIdentifier(parent.expression) && /^(globalThis|global|window|self)$/.test(parent.expression.text);
  if (ts.isTypeQueryNode(parent)) return false;
  const named = parent as { readonly name?: ts.Node; readonly propertyName?: ts.Node };
  return (named.name !== node && named.propertyName !== node) || ts.isShorthandPropertyAssignment(parent);
}

function clockComplaints(files: readonly HouseFile[]): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    if (liesIn(file.path, clock)) continue;
    const tree = treeOf(file);
    const say = (node: ts.Node, what: string): void => {
      if (!liesIn(file.path, realTurns[what] ?? [])) complaints.push(`${placeOf(file, tree, node)}: ${what} belongs to the injected clock`);
    };
    eachNode(tree, node => {
      if (ts.isIdentifier(node) && globals.has(node.text) && isReference(node)) say(node, node.text);
      else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && (members[node.expression.text] ?? []).includes(node.name.text)) say(node, node.getText(tree));
      else if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.initializer) && ts.isObjectBindingPattern(node.name)) {
        for (const { name, propertyName } of node.name.elements) {
          const member = (propertyName ?? name).getText(tree);
          if ((members[node.initializer.text] ?? []).includes(member)) say(node, `${node.initializer.text}.${member}`);
        }
      } else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date' && (node.arguments?.length ?? 0) === 0) say(node, 'new Date()');
      else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date') say(node, 'Date()');
      else if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && modules.test(node.moduleSpecifier.text)) say(node, node.moduleSpecifier.text);
    });
  }
  return complaints;
}

describe('time, timers and randomness', () => {
  it('come from src/core/clock.ts', () => expect(clockComplaints(librarySources())).toEqual([]));

  const planted = (text: string): string[] => clockComplaints([{ path: 'src/runners/a.ts', text }]);
  it.each([
    'Date.now()',
    'const now = Date.now;',
    'const { now } = Date;',
    'new Date()',
    'new Date',
    'Date()',
    'setTimeout(f, 1)',
    'const t = { setTimeout };',
    'globalThis.setInterval(f, 1)',
    'later(setImmediate)',
    'Math.random()',
    'performance.now()',
    'process.hrtime.bigint()',
    'AbortSignal.timeout(5)',
    `import { setTimeout as sleep } from 'node:timers/promises';`,
  ])('the gate sees %s', text => expect(planted(text)).toHaveLength(1));

  it.each(['clock.now()', 'new Date(0)', 'x.setTimeout(1)', 'type T = ReturnType<typeof setTimeout>', '// Date.now()', 'const s = "Math.random()";', 'interface A { setTimeout(): void }'])('and lets %s pass', text =>
    expect(planted(text)).toEqual([]));

  it('virtual time may take the real setImmediate, and nothing else', () =>
    expect(clockComplaints([{ path: 'src/testing/virtual-clock.ts', text: 'setImmediate(f); setTimeout(f, 1);' }])).toEqual(['src/testing/virtual-clock.ts:1: setTimeout belongs to the injected clock']));
});
