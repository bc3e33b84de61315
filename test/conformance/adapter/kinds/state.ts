/** State with a time to live, written and read by the steps themselves. */
import { type, unchanged, withTtl } from 'millrace';
import type { Case, Step } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { needed, numberOf, onlyKnown, wordsOf } from '../fields.js';
import { inputsOf } from '../inputs.js';
import { end, newKit, play } from '../play.js';
import { unitsOf } from '../time.js';

interface State {
  value?: unknown;
}
interface Seen {
  readonly key: unknown;
  readonly value: unknown;
}

const REFRESHES: Readonly<Record<string, 'write' | 'read-write'>> = { onCreateAndWrite: 'write', onWrite: 'write', onReadAndWrite: 'read-write' };
const STREAMS: Readonly<Record<string, string>> = { stateWrite: 'write', stateRead: 'read' };

export async function playState(one: Case): Promise<readonly Result[]> {
  const { params } = one;
  onlyKnown(params, ['timeUnit', 'watermarkConvention', 'clock', 'ttl', 'refresh', 'expired']);
  const refresh = REFRESHES[wordsOf(params['refresh'])];
  if (refresh === undefined) throw new NotOffered('words', `refreshed ${wordsOf(params['refresh'])}`);
  if (params['expired'] !== undefined && params['expired'] !== 'never') throw new NotOffered('engine', 'values that have expired are shown until they are cleaned up');
  const units = unitsOf(params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, { kind: 'source' });
  const rows = inputs
    .all()
    .keyBy(({ key }) => key as string) // whatever the case has
    .process(
      withTtl(
        {
          name: 'state',
          emits: type<Seen>(),
          init: (): State => ({}),
          onData(state, { key, value, stream }, context) {
            if (stream === STREAMS['stateRead']) {
              context.emit({ key, value: state.value });
              return unchanged;
            }
            state.value = value;
            return undefined;
          },
        },
        { after: units.in(needed(numberOf(params['ttl']), 'ttl')), domain: params['clock'] === 'event' ? 'event' : 'processing', refresh },
      ),
    );
  const own = (step: Step): boolean => {
    const stream = STREAMS[step.op];
    if (stream === undefined) return false;
    const ts = units.in(numberOf(step['ts']) ?? 0);
    inputs.inlet('').push({ key: step['key'], value: step['value'], ts, stream, index: 0 }, ts);
    return true;
  };
  return play(one, { kit, units, inlet: inputs.inlet, inlets: inputs.inlets, own, ends: [end<Seen>(kit.collect(rows, { name: 'rows' }), ({ key, value }) => ({ key, value }))] });
}
