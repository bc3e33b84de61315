/** What becomes of many cases, for people and, in the last line, for programs. */
import type { Placed } from './case.js';
import { judge } from './judge.js';
import { REASONS, type Outcome } from './outcome.js';

export interface Counts {
  pass: number;
  wrong: number;
  notOffered: number;
}
export interface Judged {
  readonly placed: Placed;
  readonly outcome: Outcome;
}

export async function judgeAll(cases: readonly Placed[]): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const placed of cases) judged.push({ placed, outcome: await judge(placed) });
  return judged;
}

export function countsOf(judged: readonly Judged[]): { readonly all: Counts; readonly byKind: Readonly<Record<string, Counts>> } {
  const all: Counts = { pass: 0, wrong: 0, notOffered: 0 };
  const byKind: Record<string, Counts> = {};
  for (const { placed, outcome } of judged) {
    const of = (byKind[placed.case.kind] ??= { pass: 0, wrong: 0, notOffered: 0 });
    of[outcome.kind]++;
    all[outcome.kind]++;
  }
  return { all, byKind };
}

/** The lines to print. */
export function report(judged: readonly Judged[]): readonly string[] {
  const { all, byKind } = countsOf(judged);
  const lines: string[] = [];
  for (const { placed, outcome } of judged) if (outcome.kind === 'wrong') lines.push(`WRONG ${placed.case.kind} ${placed.case.id}: ${outcome.why}`);
  for (const { placed, outcome } of judged) if (outcome.kind === 'notOffered') lines.push(`not offered: ${placed.case.kind} ${placed.case.id} (${placed.case.portability}): ${REASONS[outcome.reason]} [${outcome.about}]`);
  const row = (name: string, { pass, wrong, notOffered }: Counts): string => `${name.padEnd(12)} pass ${String(pass).padStart(4)}  wrong ${String(wrong).padStart(4)}  not offered ${String(notOffered).padStart(4)}`;
  for (const [kind, counts] of Object.entries(byKind).toSorted(([a], [b]) => a.localeCompare(b))) lines.push(row(kind, counts));
  lines.push(row('all', all));
  lines.push(JSON.stringify({ ...all, byKind }));
  return lines;
}
