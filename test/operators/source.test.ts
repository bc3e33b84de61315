import { describe, expect, it } from 'vitest';
import { Stream, toArray, type Source } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, recorder, runAll, scripted, stepErrorOf, unlucky, valuesOf } from './kit.js';

describe('source', () => {
  it.each(['splits', 'open', 'read', 'close', 'connect', 'late open', 'late read', 'late close', 'late splits'] as const)('a throw in `%s` fails the job by its step and closes the sinks', async where => {
    const is = (name: string): unknown => (where === name ? unlucky(1) : where === `late ${name}` ? Promise.reject(new Error('1 is unlucky')) : undefined);
    const source: Source<number> = {
      name: 'bad',
      replayable: true,
      splits: () => (is('splits') as undefined) ?? ['0'],
      open: () =>
        (is('open') as undefined) ?? {
          read: () => (is('read') as undefined) ?? 'end',
          ...(where === 'connect' ? { connect: () => unlucky(1) } : {}),
          close: () => is('close') as undefined,
        },
    };
    const sink = recorder<number>();
    const error = await stepErrorOf(runAll(Stream.from(source, { name: 'in' }).to(sink)), 'in');
    expect(String(error.cause)).toContain('unlucky');
    expect(sink.calls.filter(c => c.startsWith('close'))).toEqual(['close failed']);
  });
  it('records it could not read go to its policy, in their places', async () => {
    const source = scripted<number>([{ values: [1, 2], position: 9, failed: [{ before: 1, input: 'x', cause: new Error('broken line'), position: 4 }] }]);
    const [values, dead]: [number[], unknown[]] = [[], []];
    await runAll(Stream.from(source, { name: 'in', onError: r => r.map(x => [x.input, x.origin]).to(toArray(dead)) }).to(toArray(values)));
    expect([values, dead]).toEqual([[1, 2], [['x', { source: 'in', split: '0', position: 4 }]]]);
    const clock = virtualClock();
    const job = await begin(Stream.from(scripted<number>([{ values: [], failed: [{ before: 0, input: 'x', cause: new Error('broken'), position: 4 }] }]), { name: 'in' }).to(toArray<number>([])), clock);
    expect((await stepErrorOf(clock.finish(job.done), 'in')).input).toBe('x');
  });
  it('no splits: ends; a thousand splits: all are read, each opened and closed once', async () => {
    expect(await valuesOf(Stream.from(scripted<number>([[1]], { splits: [] })))).toEqual([]);
    const source = scripted<number>([[1], 'later', [2]], { splits: Array.from({ length: 1_000 }, (_, i) => `${i}`) });
    const values = await valuesOf(Stream.from(source).timestamps(n => n));
    expect(values.reduce((a, b) => a + b, 0)).toBe(3_000);
    expect([source.opened, source.closed]).toEqual([1_000, 1_000]);
  });
});
