/** What every gate works on: files as text. A gate is a function from files to complaints, so that a test can hand it a planted fault as easily as the house itself. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Absolute path of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file of the house: its path from the root, with slashes, and its text. */
export interface HouseFile {
  readonly path: string;
  readonly text: string;
}

/** All files below a folder whose name matches, in order. */
export function filesUnder(folder: string, name: RegExp): HouseFile[] {
  const found: HouseFile[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(root, path)).toSorted()) {
      const inner = `${path}/${entry}`;
      if (entry === 'node_modules' || entry === 'out' || entry === 'dist') continue;
      if (statSync(join(root, inner)).isDirectory()) walk(inner);
      else if (name.test(entry)) found.push({ path: inner, text: readFileSync(join(root, inner), 'utf8') });
    }
  };
  walk(folder);
  return found;
}

/** The library itself. */
export const librarySources = (): HouseFile[] => filesUnder('src', /\.ts$/);

/** What git keeps or would keep: committed files and new ones that are not ignored. */
export function committedFiles(): HouseFile[] {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  const files: HouseFile[] = [];
  for (const path of new Set(list.split('\0'))) {
    if (path === '') continue;
    try {
      files.push({ path, text: readFileSync(join(root, path), 'utf8') });
    } catch {
      // In the index and deleted on disk: nothing to look at.
    }
  }
  return files;
}

/** The syntax tree of one file, with parents. */
export const treeOf = (file: HouseFile): ts.SourceFile => ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);

/** Calls `visit` for every node below `node`, parents first. */
export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild(child => eachNode(child, visit));
}

/** `path:line`, as an editor understands it. */
export const placeOf = (file: HouseFile, tree: ts.SourceFile, node: ts.Node): string =>
  `${file.path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;

/** One module asking for another. */
export interface Import {
  readonly place: string;
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** Static imports, re-exports, `import()` and `import('...')` types of one file. */
export function importsOf(file: HouseFile): Import[] {
  const tree = treeOf(file);
  const imports: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node, typeOnly: boolean): void => {
    if (ts.isStringLiteralLike(specifier)) imports.push({ place: placeOf(file, tree, node), specifier: specifier.text, typeOnly });
  };
  eachNode(tree, node => {
    if (ts.isImportDeclaration(node)) {
      const named = node.importClause?.namedBindings;
      const eachTyped = named !== undefined && ts.isNamedImports(named) && named.elements.length > 0 && named.elements.every(e => e.isTypeOnly) && node.importClause?.name === undefined;
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || eachTyped);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const named = node.exportClause;
      const eachTyped = named !== undefined && ts.isNamedExports(named) && named.elements.length > 0 && named.elements.every(e => e.isTypeOnly);
      add(node, node.moduleSpecifier, node.isTypeOnly || eachTyped);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    } else if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) {
      const [specifier] = node.arguments;
      if (specifier !== undefined) add(node, specifier, false);
    }
  });
  return imports;
}

/** Does `path` lie in one of the places? A place that ends in `/` is a folder, any other a file. */
export const liesIn = (path: string, places: readonly string[]): boolean => places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place));
