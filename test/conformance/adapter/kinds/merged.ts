/** Which of several given sessions become one. */
import { count, session, type Window } from 'millrace';
import type { Case, Params } from '../../case.js';
import type { Result } from '../../compare.js';
import { needed, listOf, numberOf, onlyKnown, recordOf } from '../fields.js';
import { inputsOf } from '../inputs.js';
import { end, newKit, play } from '../play.js';
import { lastRecord, reach, throughTheGap, unitsOf } from '../time.js';

/** Each session is a record with a gap of its own: as long as the session, and the gap behind it. */
export async function merged(one: Case): Promise<readonly Result[]> {
  const { params } = one;
  onlyKnown(params, ['window', 'timeUnit', 'operation']);
  const units = unitsOf(params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, { kind: 'source' });
  const shape = recordOf(params['window']) ?? {};
  const gap = units.in(needed(numberOf(shape['gap']), 'gap'));
  const whole = shape['touchingMerges'] === true ? throughTheGap(gap) : gap;
  const sessions = session<{ readonly value: number }>(({ value }) => value);
  const counts = inputs.all().keyBy(({ index }) => index).window(sessions).aggregate(count());
  const ends = lastRecord(units, whole);
  const seen = end<{ readonly key: number; readonly window: Window }>(kit.collect(counts), ({ key, window }) => ({ step: key, window: ends(window) }));
  const found = await play(
    { ...one, input: [...one.input, { op: 'end' }] },
    {
      kit,
      units,
      inlet: inputs.inlet,
      inlets: inputs.inlets,
      ends: [seen],
      own(step) {
        if (step.op !== 'windows') return false;
        for (const window of listOf(step['windows']) as readonly Params[]) {
          const [from, to] = [units.in(Number(window['start'])), units.in(Number(window['end']))];
          inputs.inlet('').push({ key: '', value: reach(from, to, whole), ts: from, stream: '', index: one.input.indexOf(step) }, from);
        }
        return true;
      },
    },
  );
  return one.input.map((_, after) => ({ after, windows: found.filter(({ step }) => step === after).map(({ window }) => window) }));
}
