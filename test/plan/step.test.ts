import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling } from '../../src/index.js';
import { inputsOf, type Step } from '../../src/plan/step.js';

describe('the inputs of a step', () => {
  it('a source has none, a step one, a merge all of them in order', () => {
    const a = Stream.from([1]);
    const b = Stream.from([2]);
    const names = (step: Step): readonly string[] => inputsOf(step).map(i => i.step.operator);
    expect(inputsOf(a.node.input.step)).toEqual([]);
    expect(names(a.map(n => n).node.input.step)).toEqual(['from']);
    expect(inputsOf(a.merge(b).node.input.step).map(i => i.step)).toEqual([a.node.input.step, b.node.input.step]);
    expect(names(a.mapAsync(async n => n, { concurrency: 1 }).node.input.step)).toEqual(['from']);
    expect(names(a.keyBy(n => n).window(tumbling(1)).aggregate(count()).node.input.step)).toEqual(['from']);
    expect(names(a.map(n => n).to(toArray<number>([])).sinks[0]!)).toEqual(['map']);
  });
  it('a side output is named by its input', () => {
    const [, others] = Stream.from([1]).split(n => n > 0);
    expect(inputsOf(others.to(toArray<number>([])).sinks[0]!)).toEqual([{ step: others.node.input.step, output: others.node.input.output }]);
    expect(others.node.input.output).toBeTypeOf('string');
  });
});
