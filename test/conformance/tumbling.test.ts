/** The cases of other engines that concern tumbling windows, as data. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Window } from '../../src/core/window.js';
import { tumbling } from '../../src/windows/tumbling.js';

interface Shape {
  readonly size: number;
  readonly offset?: number;
}
interface Case {
  readonly id: string;
  readonly params: { readonly window?: Shape };
  readonly input: readonly { readonly op: string; readonly ts?: number; readonly window?: Shape }[];
  readonly expected: readonly { readonly after: number; readonly windows?: readonly Window[]; readonly window?: Window; readonly value?: readonly number[]; readonly error?: string }[];
}
const { cases } = JSON.parse(readFileSync(new URL('tumbling.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };

const made = (shape: Shape) => {
  const windows = tumbling(shape.size, { offset: shape.offset });
  if (windows.kind !== 'aligned') throw new Error('not aligned');
  return windows;
};

describe('tumbling windows, by the cases of other engines', () => {
  it.each(cases.map(c => [c.id, c] as const))('%s', (_, { params, input, expected }) => {
    const { window: shape } = params;
    if (shape === undefined) {
      for (const { after, error } of expected) {
        const tried = input[after]?.window;
        expect([error, tried === undefined ? undefined : made(tried).problems?.length]).toEqual(['invalid argument', 1]);
      }
      return;
    }
    const windows = made(shape);
    const windowOf = (time: number): Window => windows.slice(time);
    const times = input.flatMap(step => (step.op === 'record' && step.ts !== undefined ? [step.ts] : []));
    for (const { after, windows: assigned, window, value } of expected) {
      if (assigned !== undefined) expect(windows.over(windowOf(times[after]!))).toEqual(assigned);
      else expect(times.filter(time => windowOf(time).start === window?.start && windowOf(time).end === window.end)).toEqual(value);
    }
  });
});
