/** The house as the compiler sees it, with files that exist only in memory: code blocks of the documentation, planted faults. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import ts from 'typescript';
import { root, type HouseFile } from './sources.js';

/** The public doors: how users import them, and where they are written. */
export interface Door {
  readonly name: string;
  readonly path: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: { readonly [door: string]: unknown };
}

/** Read from package.json: `./files` is `src/connectors/files/index.ts`, and so on. */
export function doorsOf(manifest: Manifest): Door[] {
  return Object.entries(manifest.exports).flatMap(([door, target]) => {
    const file = (target as { readonly import?: { readonly default?: string } }).import?.default;
    return file === undefined ? [] : [{ name: `${manifest.name}${door.slice(1)}`, path: file.replace('./dist/', 'src/').replace(/\.js$/, '.ts') }];
  });
}

export const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;

const options = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, path => readFileSync(path, 'utf8')) as { config: unknown };
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, moduleDetection: ts.ModuleDetectionKind.Force, noEmit: true };
};

/** Files on disk do not change while the gates run: each is parsed once for all programs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program over files of the house (by path) and files in memory; both may import each other. */
export function programOf(paths: readonly string[], inMemory: readonly HouseFile[] = []): ts.Program {
  const settings = options();
  const texts = new Map(inMemory.map(file => [root + file.path, file.text]));
  const folders = new Set([...texts.keys()].map(path => dirname(path)));
  const host = ts.createCompilerHost(settings, true);
  const { fileExists, readFile, directoryExists, getSourceFile } = host;
  host.fileExists = path => texts.has(path) || fileExists(path);
  host.readFile = path => texts.get(path) ?? readFile(path);
  host.directoryExists = path => folders.has(path) || (directoryExists?.(path) ?? true);
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, language, true);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, language, ...rest));
    return parsed.get(path);
  };
  return ts.createProgram({ rootNames: [...paths.map(path => root + path), ...texts.keys()], options: settings, host });
}

/** What a door lets through: its exported symbols with aliases followed, in order of name. */
export function exportsOf(program: ts.Program, door: Door): { readonly name: string; readonly symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(root + door.path);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) return [];
  return checker
    .getExportsOfModule(module)
    .map(symbol => ({ name: symbol.name, symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The type of a symbol as a value: what it is called with, what it is. */
export function valueTypeOf(program: ts.Program, symbol: ts.Symbol): ts.Type | undefined {
  const declaration = symbol.valueDeclaration;
  return declaration && program.getTypeChecker().getTypeOfSymbolAtLocation(symbol, declaration);
}

/** Can it be called? Classes cannot. */
export const isFunction = (program: ts.Program, symbol: ts.Symbol): boolean =>
  !(symbol.flags & ts.SymbolFlags.Class) && (valueTypeOf(program, symbol)?.getCallSignatures().length ?? 0) > 0;

/** `path:line` of a symbol's first declaration, from the root. */
export function placeOfSymbol(symbol: ts.Symbol): string {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return symbol.name;
  const file = declaration.getSourceFile();
  return `${file.fileName.replace(root, '')}:${file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1}`;
}
