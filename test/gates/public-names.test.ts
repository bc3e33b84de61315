/** Gate: every name behind a door says in one sentence what it is, every function shows how it is used, and a page of the documentation speaks of it. */
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { doorsOf, exportsOf, isFunction, manifest, placeOfSymbol, programOf, type Door } from './program.js';
import { filesUnder, root, type HouseFile } from './sources.js';

const firstSentence = (text: string): string => (/^[\s\S]*?[.!?](?=\s|$)/.exec(text.trim())?.[0] ?? '').replace(/\s+/g, ' ');

/** Complaints about the TSDoc of what the doors export, public members of classes included. */
function wordComplaints(program: ts.Program, doors: readonly Door[]): string[] {
  const checker = program.getTypeChecker();
  const complaints = new Set<string>();
  const words = (symbol: ts.Symbol): string => ts.displayPartsToString(symbol.getDocumentationComment(checker));
  for (const door of doors) {
    const names = exportsOf(program, door);
    if (names.length === 0) complaints.add(`${door.path}: ${door.name} exports nothing`);
    for (const { name, symbol } of names) {
      const place = placeOfSymbol(symbol);
      if (firstSentence(words(symbol)) === '') complaints.add(`${place}: ${name} has no sentence of documentation`);
      if (isFunction(program, symbol)) {
        const examples = symbol.getJsDocTags(checker).filter(tag => tag.name === 'example');
        if (!examples.some(tag => ts.displayPartsToString(tag.text).includes('```ts'))) complaints.add(`${place}: ${name} has no @example with a \`\`\`ts block`);
      }
      if (symbol.flags & ts.SymbolFlags.Class) {
        for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
          const [declaration] = member.declarations ?? [];
          if (declaration === undefined || !ts.isMethodDeclaration(declaration) || !declaration.getSourceFile().fileName.startsWith(`${root}src/`)) continue;
          if (ts.isPrivateIdentifier(declaration.name) || ts.isComputedPropertyName(declaration.name)) continue;
          if (firstSentence(words(member)) === '') complaints.add(`${placeOfSymbol(member)}: ${name}.${member.name} has no sentence of documentation`);
        }
      }
    }
  }
  return [...complaints].toSorted();
}

/** Names that no page mentions. Values must stand on a page written for readers; for types the reference will do. */
function unmentioned(program: ts.Program, doors: readonly Door[], pages: readonly HouseFile[]): string[] {
  const written = pages.filter(page => page.path !== REFERENCE).map(page => page.text).join('\n');
  const all = pages.map(page => page.text).join('\n');
  const complaints = new Set<string>();
  for (const door of doors) {
    for (const { name, symbol } of exportsOf(program, door)) {
      const value = symbol.flags & ts.SymbolFlags.Value;
      if (!new RegExp(`\\b${name}\\b`).test(value ? written : all)) complaints.add(`${placeOfSymbol(symbol)}: ${name} (${door.name}) is on no page`);
    }
  }
  return [...complaints].toSorted();
}

const REFERENCE = 'docs/reference.md';
const kinds: readonly (readonly [title: string, of: (program: ts.Program, symbol: ts.Symbol) => boolean])[] = [
  ['Functions', isFunction],
  ['Classes', (_, symbol) => (symbol.flags & ts.SymbolFlags.Class) !== 0],
  ['Values', (_, symbol) => (symbol.flags & ts.SymbolFlags.Value) !== 0],
  ['Types', () => true],
];

/** The reference page: every public name with its first sentence, by door and kind. */
function referencePage(program: ts.Program, doors: readonly Door[]): string {
  const checker = program.getTypeChecker();
  const lines = ['# Reference', '', 'Every public name with its first sentence; the rest stands in the types, where your editor shows it. This page is written by `npm run check -- -u` from the sources.'];
  for (const door of doors) {
    lines.push('', `## \`${door.name}\``);
    let left = exportsOf(program, door);
    for (const [title, belongs] of kinds) {
      const these = left.filter(({ symbol }) => belongs(program, symbol));
      left = left.filter(({ symbol }) => !belongs(program, symbol));
      if (these.length === 0) continue;
      lines.push('', `**${title}**`, '');
      for (const { name, symbol } of these) lines.push(`- \`${name}\`: ${firstSentence(ts.displayPartsToString(symbol.getDocumentationComment(checker)))}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const pages = (): HouseFile[] => {
  const readme: HouseFile[] = existsSync(`${root}README.md`) ? [{ path: 'README.md', text: readFileSync(`${root}README.md`, 'utf8') }] : [];
  return [...readme, ...filesUnder('docs', /\.md$/)];
};

describe('public names', () => {
  const doors = doorsOf(manifest);
  const program = programOf(doors.map(door => door.path));

  it('are documented', () => expect(wordComplaints(program, doors)).toEqual([]));
  it('are on the reference page, with their first sentence', () => expect(referencePage(program, doors)).toMatchFileSnapshot(root + REFERENCE));
  it('are mentioned on a page', () => expect(unmentioned(program, doors, pages())).toEqual([]));

  describe('the gate sees', () => {
    const planted: HouseFile = {
      path: 'src/planted.ts',
      text: `
        /** No example here. */
        export const shout = (a: string): string => a;
        /** With one. @example
         * \`\`\`ts
         * whisper('a');
         * \`\`\`
         */
        export function whisper(a: string): string { return a; }
        export interface Silent { readonly a: number }
        /** no sentence */
        export const quiet = 1;
        /** A class. */
        export class Voice {
          speak(): void {}
          /** Sings. */
          sing(): void {}
        }
      `,
    };
    const door: Door = { name: 'planted', path: planted.path };
    const small = programOf([], [planted]);
    it('missing words and examples', () =>
      expect(wordComplaints(small, [door]).map(complaint => complaint.replace(/^\S+ /, '')).toSorted()).toEqual([
        'Silent has no sentence of documentation',
        'Voice.speak has no sentence of documentation',
        'quiet has no sentence of documentation',
        'shout has no @example with a ```ts block',
      ]));
    it('a door without exports', () => expect(wordComplaints(small, [{ name: 'gone', path: 'src/gone.ts' }])).toHaveLength(1));
    it('a name on no page, and a value that is only in the reference', () => {
      expect(unmentioned(small, [door], [{ path: 'docs/a.md', text: 'shout, whisper, Voice and Silent, but not shouting' }])).toHaveLength(1);
      expect(unmentioned(small, [door], [{ path: REFERENCE, text: 'shout whisper Voice Silent quiet' }])).toHaveLength(4);
    });
  });
});
