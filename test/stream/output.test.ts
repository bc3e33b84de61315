import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, describe as describeOutputs, run, toArray, type Rejected } from '../../src/index.js';
import { errorOf } from '../operators/kit.js';

describe('outputs', () => {
  it('several run as one job; what they share is computed once', async () => {
    let calls = 0;
    const [a, b]: [number[], number[]] = [[], []];
    const shared = Stream.from([1, 2, 3]).map(n => (calls++, n));
    const job = await run([shared.to(toArray(a)), shared.map(n => -n).to(toArray(b))]);
    await job.done;
    expect([a, b, calls]).toEqual([[1, 2, 3], [-1, -2, -3], 3]);
  });
  it('an output brings the sinks of the branches above it', async () => {
    const good: number[] = [];
    const bad: Rejected<number>[] = [];
    const output = Stream.from([1, 2, 3])
      .map(n => { if (n === 2) throw new Error('two'); return n; }, { onError: rejected => rejected.to(toArray(bad)) })
      .to(toArray(good));
    expect(output.sinks).toHaveLength(2);
    await (await output.run()).done;
    expect([good, bad.map(r => r.input)]).toEqual([[1, 3], [2]]);
  });
  it('no output, or options that are wrong: nothing runs', async () => {
    expect(await errorOf(run([]))).toBeInstanceOf(ConfigurationError);
    const values: number[] = [];
    expect(await errorOf(Stream.from([1]).to(toArray(values)).run({ budget: -1 }))).toBeInstanceOf(ConfigurationError);
    expect(values).toEqual([]);
  });
  it('describe is the same on the output and beside it', () => {
    const output = Stream.from([1]).to(toArray<number>([]), { name: 'end' });
    expect(output.describe()).toBe(describeOutputs(output));
    expect(output.describe('mermaid')).toBe(describeOutputs([output], 'mermaid'));
  });
});
