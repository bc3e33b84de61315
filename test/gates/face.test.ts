/** Gate: the public face changes only on purpose. The snapshot beside this file is what a reviewer reads; `npm run check -- -u` writes it anew. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { doorsOf, exportsOf, manifest, programOf, valueTypeOf, type Door } from './program.js';
import { root, type HouseFile } from './sources.js';

const printer = ts.createPrinter({ removeComments: true });
const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.WriteArrowStyleSignature | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const asSignature = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** One public name as text: its kind and what its user can see of it. */
function faceOf(program: ts.Program, name: string, symbol: ts.Symbol): string {
  const checker = program.getTypeChecker();
  const clean = (text: string): string => text.replaceAll(/import\("[^"]*"\)\./g, '').replaceAll(root, '');
  const declarations = (symbol.declarations ?? []).filter(d => ts.isInterfaceDeclaration(d) || ts.isTypeAliasDeclaration(d));
  const parts = declarations.map(declaration => printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile()).replace(/^export /, ''));
  if (symbol.flags & ts.SymbolFlags.Class) {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const shared = valueTypeOf(program, symbol);
    const constructors = (shared?.getConstructSignatures() ?? []).map(s => `  new ${checker.signatureToString(s, undefined, asSignature)}`);
    const isOurs = (member: ts.Symbol): boolean => (member.declarations ?? []).some(d => d.getSourceFile().fileName.startsWith(`${root}src/`));
    const isPublic = (member: ts.Symbol): boolean => (member.declarations ?? []).every(d => (ts.getCombinedModifierFlags(d) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0 && !member.name.startsWith('#'));
    const member = (prefix: string) => (m: ts.Symbol): string => {
      const memberType = checker.getTypeOfSymbol(m);
      const signatures = memberType.getCallSignatures();
      const label = m.name.startsWith('__@') ? `[Symbol.${m.name.slice(3).replace(/@\d+$/, '')}]` : m.name;
      return signatures.length > 0
        ? signatures.map(s => `  ${prefix}${label}${checker.signatureToString(s, undefined, asSignature)}`).join('\n')
        : `  ${prefix}${label}: ${checker.typeToString(memberType, undefined, flags)}`;
    };
    const statics = (shared?.getProperties() ?? []).filter(m => m.name !== 'prototype' && isOurs(m) && isPublic(m)).map(member('static '));
    const members = checker.getPropertiesOfType(type).filter(m => isOurs(m) && isPublic(m)).map(member(''));
    parts.push([`class ${checker.typeToString(type, undefined, flags)} {`, ...constructors, ...[...statics, ...members].toSorted(), '}'].join('\n'));
  } else if (symbol.flags & ts.SymbolFlags.Value) {
    const type = valueTypeOf(program, symbol);
    const signatures = type?.getCallSignatures() ?? [];
    if (signatures.length > 0) parts.push(...signatures.map(s => `function ${name}${checker.signatureToString(s, undefined, asSignature)}`));
    else if (type !== undefined) parts.push(`const ${name}: ${checker.typeToString(type, undefined, flags)}`);
  }
  return clean(parts.join('\n'));
}

const faceOfDoors = (program: ts.Program, doors: readonly Door[]): string =>
  doors.map(door => [`# ${door.name}`, ...exportsOf(program, door).map(({ name, symbol }) => faceOf(program, name, symbol))].join('\n\n')).join('\n\n\n') + '\n';

describe('the public face', () => {
  it('is the one that was agreed', () => {
    const doors = doorsOf(manifest);
    return expect(faceOfDoors(programOf(doors.map(door => door.path)), doors)).toMatchFileSnapshot('./face.snapshot.txt');
  });

  const faceOfText = (text: string): string => {
    const file: HouseFile = { path: 'src/planted.ts', text };
    return faceOfDoors(programOf([], [file]), [{ name: 'planted', path: file.path }]);
  };
  it('shows functions, classes, types and values', () =>
    expect(
      faceOfText(
        'export const f = <T>(a: T, o?: { b?: number }): T[] => [a];\nexport interface I<T> { /** gone */ readonly a: T }\nexport class C { #p = 1; private q = 2; static of(): C { return new C(); } m(): number { return this.#p + this.q; } }\nexport type U = "a" | "b";\nexport const v = 1;',
      ),
    ).toBe('# planted\n\nclass C {\n  new (): C\n  m(): number\n  static of(): C\n}\n\ninterface I<T> {\n    readonly a: T;\n}\n\ntype U = "a" | "b";\n\nfunction f<T>(a: T, o?: { b?: number; } | undefined): T[]\n\nconst v: 1\n'));
  it('is not the same when an option, a name or a result changes', () => {
    const before = faceOfText('export const f = (a: number): number => a;');
    expect(faceOfText('export const f = (a: number, b?: number): number => a + (b ?? 0);')).not.toBe(before);
    expect(faceOfText('export const f = (a: number): string => `${a}`;')).not.toBe(before);
    expect(faceOfText('export const f = (a: number): number => a;\nexport type New = 1;')).not.toBe(before);
    expect(faceOfText('const body = 2;\nexport const f = (a: number): number => a * body;')).toBe(before);
  });
});
