/**
 * The published tests of other engines, as data (`fixtures/cases`, each file with its licence; the README there says how to read them). `npm run conformance -- <folder>` plays any others;
 * docs/conformance.md says what is not offered, and why.
 */
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCases, type Placed } from './case.js';
import { judge } from './judge.js';
import type { Reason } from './outcome.js';
import { countsOf, judgeAll } from './report.js';

const KINDS = ['window', 'session', 'trigger', 'watermark', 'timer', 'state', 'assigner', 'format', 'join'];
const JOINS = ['interval', 'window', 'stream-stream', 'stream-table'];
/** What need not be offered even where a case is general. */
const EXCEPTED: readonly Reason[] = ['evictor', 'rows', 'gaps', 'state'];

const all = readCases(fileURLToPath(new URL('fixtures/cases', import.meta.url)));
/** Whole folders of files are read by the tests of formats. */
const inScope = all.filter(({ case: { kind, params, input } }) => KINDS.includes(kind) && (kind !== 'join' || JOINS.includes(String(params['join']))) && !input.some(({ op }) => op === 'files'));

describe.each(KINDS)('%s, by the cases of other engines', kind => {
  const cases = inScope.filter(({ case: one }) => one.kind === kind).map((placed): [string, Placed] => [placed.case.id, placed]);
  it.each(cases)('%s', async (_, placed) => {
    const outcome = await judge(placed);
    if (outcome.kind === 'wrong') expect.fail(outcome.why);
    if (outcome.kind === 'notOffered' && placed.case.portability === 'general') expect(EXCEPTED).toContain(outcome.reason);
  });
});

describe('conventions of other engines', () => {
  it('are met by a default or an option in 85 of 100 cases', async () => {
    const { all: counts } = countsOf(await judgeAll(inScope.filter(({ case: { portability } }) => portability === 'convention')));
    expect(counts.pass / (counts.pass + counts.wrong + counts.notOffered)).toBeGreaterThanOrEqual(0.85);
  });
});

describe('docs/conformance.md', () => {
  const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/`([\w-]+)(\*?)`/g)].map(([, name = '', more]) => (id: string) => (more === '*' ? id.startsWith(name) : id === name));
  it('names each case that is not offered, but for those of one engine', async () => {
    const played = all.filter(({ case: { kind, portability, input } }) => [...KINDS, 'suppress'].includes(kind) && portability !== 'engine-specific' && !input.some(({ op }) => op === 'files'));
    const missing = (await judgeAll(played)).flatMap(({ placed: { case: { id } }, outcome }) => (outcome.kind === 'notOffered' && !named.some(is => is(id)) ? [id] : []));
    expect(missing).toEqual([]);
  });
});

describe('what plays the cases', () => {
  const [, one] = Object.entries(Object.fromEntries(all.map(placed => [placed.case.id, placed]))).find(([, { case: { kind, order, expected } }]) => kind === 'window' && order === 'any' && expected.some(({ ts }) => ts !== undefined)) ?? [];
  const changed = (change: (expected: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): Placed => {
    if (one === undefined) throw new Error('no such case');
    return { ...one, case: { ...one.case, expected: one.case.expected.map(change) } };
  };
  it('sees a wrong value', async () => expect(await judge(changed(of => ({ ...of, value: 'another' })))).toMatchObject({ kind: 'wrong' }));
  it('sees a wrong time', async () => expect(await judge(changed(of => ({ ...of, ts: 123_456 })))).toMatchObject({ kind: 'wrong' }));
  it('sees a result that is missing, and one too many', async () => {
    const { case: whole, folder } = changed(of => of);
    expect(await judge({ folder, case: { ...whole, expected: whole.expected.slice(1) } })).toMatchObject({ kind: 'wrong' });
    expect(await judge({ folder, case: { ...whole, expected: [...whole.expected, ...whole.expected.slice(0, 1)] } })).toMatchObject({ kind: 'wrong' });
  });
  it('plays nothing whose words it does not know', async () => {
    const { case: whole, folder } = changed(of => of);
    expect(await judge({ folder, case: { ...whole, params: { ...whole.params, mood: 'good' } } })).toMatchObject({ kind: 'notOffered', reason: 'words' });
  });
});
