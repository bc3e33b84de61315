/** What became of a case. */

export type Outcome = { readonly kind: 'pass' } | { readonly kind: 'wrong'; readonly why: string } | { readonly kind: 'notOffered'; readonly reason: Reason; readonly about: string };

/** Why a case is not played: one table, quoted by docs/conformance.md. */
export const REASONS = {
  evictor: 'evictors are not offered: `top`, `last` or an aggregate of your own keep less than the whole window',
  rows: 'row frames (lag, lead, preceding rows) are not offered: a process function does it',
  gaps: 'gap filling is not offered: a process function with a timer does it',
  pattern: 'patterns come with an issue of their own',
  table: 'tables that are grouped again or joined come with an issue of their own',
  sketch: 'sketches come with an issue of their own',
  state: 'what is buffered is not shown',
  join: 'this kind of join comes with an issue of its own',
  eager: 'an unmatched record is given once, when the watermark proves it, and never before',
  absent: 'that a row is gone is not said of one that was never there',
  refused: 'options the library refuses, with a reason of its own',
  reordered: 'what comes behind the watermark is late for a join that gives unmatched records, however near the other side is',
  order: 'which of several keys comes first within one step is not promised',
  engine: 'a property of one engine that is not offered',
  probe: 'it looks at something inside an engine that the library does not show',
  words: 'the case says in words what the adapter does not know',
} as const;

export type Reason = keyof typeof REASONS;

/** Thrown by the adapter where a case asks for what is not offered. */
export class NotOffered extends Error {
  constructor(
    readonly reason: Reason,
    readonly about: string,
  ) {
    super(`${REASONS[reason]}: ${about}`);
  }
}
