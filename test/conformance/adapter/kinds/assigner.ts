/** Which windows a record belongs to: seen by giving each record a key of its own. And which windows are refused. */
import { ConfigurationError, count, Stream, type Window } from 'millrace';
import type { Case } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { onlyKnown } from '../fields.js';
import { inputsOf } from '../inputs.js';
import { end, newKit, play, type Fields } from '../play.js';
import { unitsOf } from '../time.js';
import { windowsOf } from '../windows.js';
import { playWindowed } from './windowed.js';

export async function playAssigner(one: Case): Promise<readonly Result[]> {
  const { params, input, expected } = one;
  if (input.some(({ op }) => op === 'construct')) return constructed(one);
  if (input.some(({ op }) => op !== 'record' && op !== 'end')) throw new NotOffered('engine', JSON.stringify(params));
  return expected.some(({ windows }) => windows !== undefined) ? assigned(one) : (await playWindowed(one)).results;
}

async function assigned(one: Case): Promise<readonly Result[]> {
  onlyKnown(one.params, ['window', 'timeUnit', 'watermarkConvention']);
  const units = unitsOf(one.params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, { kind: 'source' });
  const { windows, ends } = windowsOf(one.params['window'], units);
  const counts = inputs.all().keyBy(({ index }) => index).window(windows).aggregate(count());
  const seen = end<{ readonly key: number; readonly window: Window }>(kit.collect(counts), ({ key, window }) => ({ record: key, window: ends(window) }));
  const flushed = one.input.at(-1)?.op === 'end' ? one : { ...one, input: [...one.input, { op: 'end' }] };
  const found = await play(flushed, { kit, units, inlet: inputs.inlet, inlets: inputs.inlets, ends: [seen] });
  return one.input.flatMap(({ op }, after) => (op === 'record' ? [{ after, windows: found.filter(({ record }) => record === after).map(({ window }) => window) }] : []));
}

async function constructed(one: Case): Promise<readonly Result[]> {
  onlyKnown(one.params, ['operation', 'timeUnit', 'watermarkConvention', 'mode']);
  const units = unitsOf(one.params);
  const results: Result[] = [];
  for (const [after, step] of one.input.entries()) {
    const kit = newKit();
    const { windows } = windowsOf(step['window'], units);
    const counts = kit.source<number>('records');
    const refused = await refusal(() => kit.run(kit.collect(Stream.from(counts).window(windows).aggregate(count()))));
    if (refused !== undefined) results.push({ after, ...refused });
  }
  return results;
}

/** Whether the library refuses to start. */
export async function refusal(start: () => Promise<{ stop(): Promise<void> }>): Promise<Fields | undefined> {
  try {
    await (await start()).stop();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return { error: error.message };
    throw error;
  }
}
