/**
 * Gate: the adapter that plays cases of other engines only chooses operators and options. It computes with no numbers, orders nothing and compares nothing by size, but where units are converted
 * (`time.ts`) and where the functions of the cases themselves stand (`functions/`); and it knows no case by name.
 */
import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import { eachNode, filesUnder, liesIn, placeOf, treeOf, type HouseFile } from './sources.js';

const ADAPTER = 'test/conformance/adapter';
const mayCompute = [`${ADAPTER}/time.ts`, `${ADAPTER}/functions/`];

const { SyntaxKind } = ts;
const computing = new Set<ts.SyntaxKind>([
  SyntaxKind.PlusToken,
  SyntaxKind.MinusToken,
  SyntaxKind.AsteriskToken,
  SyntaxKind.AsteriskAsteriskToken,
  SyntaxKind.SlashToken,
  SyntaxKind.PercentToken,
  SyntaxKind.LessThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.GreaterThanEqualsToken,
  SyntaxKind.PlusEqualsToken,
  SyntaxKind.MinusEqualsToken,
  SyntaxKind.AsteriskEqualsToken,
  SyntaxKind.SlashEqualsToken,
]);
const ordering = new Set(['sort', 'toSorted', 'reverse', 'toReversed', 'localeCompare']);

/** `stream.sort({ ... })` is the library's. */
const isOperator = ({ parent }: ts.PropertyAccessExpression): boolean => {
  const given = ts.isCallExpression(parent) ? parent.arguments[0] : undefined;
  return given !== undefined && ts.isObjectLiteralExpression(given);
};

function complaintsAbout(files: readonly HouseFile[], ids: readonly string[]): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    const tree = treeOf(file);
    const free = liesIn(file.path, mayCompute);
    eachNode(tree, node => {
      const place = (): string => placeOf(file, tree, node);
      if (!free) {
        if (ts.isBinaryExpression(node) && computing.has(node.operatorToken.kind)) complaints.push(`${place()}: computes or compares (${node.operatorToken.getText(tree)})`);
        if (ts.isPostfixUnaryExpression(node) || (ts.isPrefixUnaryExpression(node) && node.operator !== SyntaxKind.ExclamationToken && !ts.isNumericLiteral(node.operand))) complaints.push(`${place()}: computes`);
        if (ts.isPropertyAccessExpression(node) && ordering.has(node.name.text) && !isOperator(node)) complaints.push(`${place()}: orders (${node.name.text})`);
        if (ts.isIdentifier(node) && node.text === 'Math') complaints.push(`${place()}: computes (Math)`);
        if (ts.isPropertyAccessExpression(node) && node.name.text === 'id') complaints.push(`${place()}: looks at the id of a case`);
      }
      if (ts.isStringLiteralLike(node) && ids.some(id => node.text.includes(id))) complaints.push(`${place()}: names a case`);
    });
  }
  return complaints;
}

interface Cases {
  readonly cases?: readonly { readonly id: string }[];
}
const idsOf = (files: readonly HouseFile[]): string[] => files.flatMap(({ text }) => ((JSON.parse(text) as Cases).cases ?? []).map(({ id }) => id));

describe('the adapter of the conformance cases', () => {
  const ids = idsOf(filesUnder('test/conformance/fixtures/cases', /\.json$/));
  it('only chooses operators and options, and knows no case', () => {
    expect(ids.length).toBeGreaterThan(200);
    expect(complaintsAbout(filesUnder(ADAPTER, /\.ts$/), ids)).toEqual([]);
  });

  const planted = (text: string, name = 'kinds/a.ts'): string[] => complaintsAbout([{ path: `${ADAPTER}/${name}`, text }], ['flink-some-case']);
  it.each(['const end = start + size;', 'if (time >= watermark) close();', 'times.sort();', 'const t = Math.max(a, b);', 'n++;', 'const back = -gap;', 'if (one.id === x) y();', "if (x === 'flink-some-case') y();"])('the gate sees: %s', text => expect(planted(text)).not.toEqual([]));
  it('the gate lets units be converted, and the functions of cases be', () => {
    expect([...planted('const a = b * 1_000;', 'time.ts'), ...planted('const sum = a + b;', 'functions/a.ts'), ...planted('const list = a?.length === 0 ? [-1] : !b;'), ...planted("stream.sort({ name: 'a' });")]).toEqual([]);
    expect(planted("const a = 'flink-some-case';", 'functions/a.ts')).toHaveLength(1);
  });
});
