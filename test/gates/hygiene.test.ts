/** Gate: what is committed reads the same everywhere. It names no machine, no registry and no folder that only its author has, and is plain text. */
import { describe, expect, it } from 'vitest';
import { committedFiles, type HouseFile } from './sources.js';

/** Written so that this file does not match itself. */
const forbidden: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a registry host', pattern: /https?:\/\/(reg[i]stry|npm|n[e]xus|artifact[o]ry|verdacc[i]o|mirr[o]r)[\w.-]*\.[a-z]{2,}/i },
  { what: 'a registry host', pattern: /\breg[i]stry\.[\w-]+\.[a-z]{2,}/i },
  { what: 'a place a lock file fetches from', pattern: /"res[o]lved": "http/ },
  { what: 'a folder of one machine', pattern: /(?<![\w.~-])\/(w[o]rk|t[m]p|h[o]me|r[o]ot|Us[e]rs|m[n]t)\/[\w.]/ },
  { what: 'a folder of one machine', pattern: /\b[A-Z]:\\Us[e]rs\\/ },
  { what: 'a merge conflict', pattern: /^(<<<<<<<|>>>>>>>) / },
  { what: 'a secret', pattern: /-----BEGIN [A-Z ]*PRIV[A]TE KEY-----|\bnpm_[A-Za-z0-9]{36}\b|\bghp_[A-Za-z0-9]{36}\b/ },
];

/** Top level: what the package needs, and beyond it only what npm and git need. */
const topLevel = new Set(['.ci', '.gitignore', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'docs', 'examples', 'package-lock.json', 'package.json', 'src', 'test', 'tsconfig.json', 'tsup.config.ts']);

function hygieneComplaints(files: readonly HouseFile[]): string[] {
  const complaints: string[] = [];
  for (const { path, text } of files) {
    const [top = ''] = path.split('/');
    if (!topLevel.has(top)) complaints.push(`${path}: "${top}" does not belong to the top level`);
    // Data for tests may be broken on purpose.
    if (/\/fixtures?\//.test(path) || text.includes('\0')) continue;
    text.split('\n').forEach((line, index) => {
      for (const { what, pattern } of forbidden) if (pattern.test(line)) complaints.push(`${path}:${index + 1}: ${what}`);
    });
    if (text.includes('\r')) complaints.push(`${path}: carriage returns`);
    if (text !== '' && !text.endsWith('\n')) complaints.push(`${path}: no newline at the end`);
  }
  return complaints;
}

/** Scripts that npm would run by itself on somebody's machine. */
const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare', 'dependencies'];
const lifecycleScripts = (manifest: string): string[] => Object.keys((JSON.parse(manifest) as { scripts?: Record<string, string> }).scripts ?? {}).filter(name => lifecycle.includes(name));

describe('what is committed', () => {
  it('names no machine and no registry, and stands where it belongs', () => expect(hygieneComplaints(committedFiles())).toEqual([]));
  it('runs nothing when it is installed', () => expect(lifecycleScripts(committedFiles().find(file => file.path === 'package.json')?.text ?? '{}')).toEqual([]));

  const planted = (text: string, path = 'docs/a.md'): string[] => hygieneComplaints([{ path, text: `${text}\n` }]);
  it.each([
    ['a registry', ['npm --registry https://registry', 'example', 'org'].join('.')],
    ['a lock file with hosts', '"RESOLVED": "https://example.org/a.tgz"'.toLowerCase()],
    ['a folder', 'cd /TMP/scratch'.toLowerCase()],
    ['a home', 'see /HOME/me/notes.md'.toLowerCase()],
    ['a conflict', '<<<<<<< HEAD'],
    ['carriage returns', 'a\r'],
  ])('the gate sees %s', (_, text) => expect(planted(text)).not.toEqual([]));
  it.each(['import x from "../work/a.js"', 'https://example.org/home/page', 'out/summary.json', 'the registry of sources'])('and lets %s pass', text => expect(planted(text)).toEqual([]));
  it('the gate sees a file at the top that does not belong there', () => expect(planted('a', 'notes.txt')).toHaveLength(1));
  it('the gate sees a missing last newline', () => expect(hygieneComplaints([{ path: 'docs/a.md', text: 'a' }])).toHaveLength(1));
  it('the gate sees a script that runs on installing', () => expect(lifecycleScripts('{"scripts":{"postinstall":"x","test":"y"}}')).toEqual(['postinstall']));
});
