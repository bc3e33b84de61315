/** Each law is seen to fail: on a step that does what the law forbids. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLaws, collect, count, fold, trigger, tumbling, type Stream } from '../../src/index.js';
import type { Law } from './law.js';
import { batchLaw } from './laws/batch.js';
import { countLaw } from './laws/count.js';
import { crashLaw } from './laws/crash.js';
import { modelLaw } from './laws/model.js';
import { orderLaw } from './laws/order.js';
import { fullJoin, outerLaw } from './laws/outer.js';
import { replayLaw } from './laws/replay.js';
import type { Row } from './row.js';
import type { Subject, Trial } from './subject.js';
import { tumblingSubject } from './subjects/tumbling.js';

const fails = async (law: Law | undefined): Promise<void> => {
  if (law === undefined) throw new Error('There is no such law of this subject.');
  expect((await law.check({ runs: 200, seed: 1 })).counterexample).toBeDefined();
};
const nothing: Trial['model'] = () => ({ results: [], late: [], outside: 0 });
/** A subject of one step. */
const of = (build: (rows: Stream<Row>) => Stream<unknown>, model = nothing): Subject => {
  const trials = fc.constant({ says: 'a fault', build, model });
  return { name: 'fault', trials, byTimeAlone: trials, counts: true };
};
const collected = (rows: Stream<Row>) => rows.keyBy(row => row.key).window(tumbling(50)).aggregate(collect((row: Row) => row.id), { name: 'step' });

describe('a law is broken by', () => {
  it('L-model: a model, or a step, that leaves one row out', () =>
    fails(modelLaw({ ...tumblingSubject, trials: tumblingSubject.trials.map(trial => ({ ...trial, model: seen => trial.model(seen.filter(one => !('row' in one) || one.row.id !== 3)) })) })));
  it('L-batch: a step whose results tell in which turns records came', () => {
    let turn = 0;
    return fails(batchLaw(of(rows => rows.map(row => { queueMicrotask(() => turn++); return [row.id, turn % 2]; }, { name: 'step' }))));
  });
  it('L-order: results that tell the order of arrival', () => fails(orderLaw(of(collected))));
  it('L-count: a model that knows of no late record', () => fails(countLaw(of(collected))));
  it('L-crash: state in a closure', () => {
    let total = 0;
    return fails(crashLaw(of(rows => rows.map(row => (total += row.x + 1), { name: 'step' }))));
  });
  it('L-replay: panes by the clock on the wall', () =>
    fails(replayLaw(of(rows => rows.keyBy(row => row.key).window(tumbling(50)).aggregate(count(), { name: 'step', trigger: trigger.watermark({ early: trigger.repeatedly(trigger.delay(1)) }) })))));
  it('A6: a row that is in matches and given alone', () =>
    fails(outerLaw((rows, within, late) => fullJoin(rows, within, late).flatMap(pair => (pair.left === undefined || pair.right === undefined ? [pair] : [pair, { ...pair, right: undefined }])))));
  it('A9: a merge that forgets', () => {
    const forgetful = fold<Row, { n: number }, number>({ name: 'forgetful', zero: () => ({ n: 0 }), add: so => ({ n: so.n + 1 }), merge: a => ({ n: a.n }), result: so => so.n });
    expect(() => checkLaws(forgetful, [0, 1, 2].map(id => ({ id, key: 'a', at: id, x: id, side: 'left' })))).toThrow('forgetful');
  });
});
