/** Code blocks of pages and of TSDoc examples, as files the compiler and the bundler can read. */
import ts from 'typescript';
import type { HouseFile } from './sources.js';

/** One fenced block. */
export interface Block {
  /** `path:line` of its first line of code. */
  readonly place: string;
  readonly path: string;
  readonly line: number;
  readonly code: string;
  /** Executed too: ```` ```ts run ```` on a page; every TSDoc example that is not marked `check`. */
  readonly run: boolean;
  readonly fromExample: boolean;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

function blocksIn(path: string, lines: readonly Line[], fromExample: boolean): Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: number; readonly fence: string; readonly info: readonly string[]; readonly line: number; readonly code: string[] } | undefined;
  for (const { text, number } of lines) {
    if (open !== undefined) {
      if (text.trim() === open.fence) {
        const [language, ...marks] = open.info;
        if (language === 'ts' || language === 'typescript') {
          const run = fromExample ? !marks.includes('check') : marks.includes('run');
          blocks.push({ place: `${path}:${open.line}`, path, line: open.line, code: `${open.code.join('\n')}\n`, run, fromExample });
        }
        open = undefined;
      } else open.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)));
      continue;
    }
    const start = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(text);
    if (start) open = { indent: start[1]?.length ?? 0, fence: start[2] ?? '', info: (start[3] ?? '').trim().split(/[\s,]+/), line: number + 1, code: [] };
  }
  if (open !== undefined) throw new Error(`${path}:${open.line - 1}: the code block has no end`);
  return blocks;
}

/** The blocks of a Markdown page. */
export const blocksOfPage = (page: HouseFile): Block[] => blocksIn(page.path, page.text.split('\n').map((text, index) => ({ text, number: index + 1 })), false);

/** The blocks of the TSDoc comments of a source file. */
export function blocksOfSource(file: HouseFile): Block[] {
  return [...file.text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(comment => {
    if (!comment[0].includes('```')) return [];
    const first = file.text.slice(0, comment.index).split('\n').length;
    const lines = comment[0].replace(/\*\/$/, '').split('\n').map((text, index) => ({ text: text.replace(/^\s*\/?\*+ ?/, ''), number: first + index }));
    return blocksIn(file.path, lines, true);
  });
}

/** Names a text uses as identifiers. */
function identifiersIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) names.add(node.text);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest, true));
  return names;
}

/** Names a text makes itself, by import or declaration. */
function declaredIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (!ts.isPropertyAccessExpression(node) && !ts.isPropertyAssignment(node)) {
      const { name } = node as { readonly name?: ts.Node };
      if (name !== undefined && ts.isIdentifier(name)) names.add(name.text);
    }
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest, true));
  return names;
}

/**
 * A block as a module. A page shows its imports; a TSDoc example stands at the name it is about, so what it uses of the doors is imported for it,
 * on the same line as its first so that line numbers stay true.
 */
export function moduleOf(block: Block, doorOf: ReadonlyMap<string, string>): string {
  if (!block.fromExample) return block.code;
  const declared = declaredIn(block.code);
  const imports = [...identifiersIn(block.code)].filter(name => !declared.has(name)).flatMap(name => (doorOf.has(name) ? [`import { ${name} } from '${doorOf.get(name)}';`] : []));
  return `${imports.join(' ')}${block.code}`;
}
