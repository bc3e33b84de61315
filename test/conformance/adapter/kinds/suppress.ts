/** Tables with fewer changes: told when a window closes, or some time after the first change that is held back. */
import { customWindows, last, type Change, type Table } from 'millrace';
import type { Case, Params } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { needed, numberOf, onlyKnown, recordOf, textOf, wordsOf } from '../fields.js';
import { aggregateOf } from '../functions/aggregates.js';
import { inputsOf, type Inputs } from '../inputs.js';
import { end, newKit, play, type End, type Input } from '../play.js';
import { NEVER, unitsOf, type Ends, type Units } from '../time.js';
import { windowsOf } from '../windows.js';
import { playWindowed } from './windowed.js';

type Rows = Table<readonly unknown[], unknown>;
type Row = Change<readonly unknown[], unknown>;

export async function playSuppress(one: Case): Promise<readonly Result[]> {
  const { params } = one;
  const suppress = recordOf(params['suppress']);
  if (suppress === undefined) return (await playWindowed(one)).results;
  onlyKnown(params, ['timeUnit', 'watermarkConvention', 'window', 'grace', 'aggregate', 'suppress', 'input', 'pipeline']);
  onlyKnown(suppress, ['type', 'ms', 'grace', 'buffer']);
  const { pipeline } = params;
  if (textOf(pipeline)?.includes('groupBy') === true) throw new NotOffered('table', wordsOf(pipeline));
  if (pipeline !== undefined) throw new NotOffered('words', wordsOf(pipeline));
  const units = unitsOf(params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, { kind: 'stream', behind: 0 });
  const lateness = units.in(numberOf(params['grace']) ?? numberOf(suppress['grace']) ?? 0);
  const { rows, ends, shown = row => row } = params['window'] === undefined ? updates(one, inputs, units, lateness) : aggregated(params, inputs, units, lateness);
  const watched = one.expected.some(({ stream }) => stream !== undefined);
  const seen = (table: Rows, stream: string): End<never> =>
    end<Row>(kit.collect(table.changes(), { name: `seen-${stream}` }), ({ key: place, after }, time) => {
      const [key, start, stop] = place;
      return { ...(watched ? { stream } : {}), key, value: shown(after), ts: units.out(time), ...(start === undefined ? {} : { window: ends({ start: Number(start), end: Number(stop) }) }) };
    });
  const held = rows.suppress({ name: 'suppressed', ...howLong(suppress, units) });
  return play(one, { kit, units, inlet: inputs.inlet, inlets: inputs.inlets, ends: [...(watched ? [seen(rows, 'raw')] : []), seen(held, 'suppressed')] });
}

interface Made {
  readonly rows: Rows;
  readonly ends: Ends;
  /** The value in a row. */
  readonly shown?: (row: unknown) => unknown;
}
interface HowLong {
  readonly until: 'close' | number;
  readonly maxRows?: number;
  readonly whenFull?: 'emit' | 'fail';
}

function howLong({ type, ms, buffer }: Params, units: Units): HowLong {
  const bound = recordOf(buffer);
  if (bound?.['maxBytes'] !== undefined) throw new NotOffered('engine', 'a buffer measured in bytes');
  const maxRows = numberOf(bound?.['maxRecords']);
  const full = bound?.['whenFull'] === 'emitEarly' ? 'emit' : 'fail';
  const until = type === 'untilWindowCloses' ? 'close' : ms === 'infinite' ? NEVER : units.in(needed(numberOf(ms), 'time limit'));
  return { until, ...(maxRows === undefined ? {} : { maxRows, whenFull: full }) };
}

function aggregated(params: Params, inputs: Inputs, units: Units, lateness: number): Made {
  const { windows, ends } = windowsOf(params['window'], units);
  const rows = inputs.all().keyBy(({ key }) => key as string).window(windows, { lateness }).table(aggregateOf(params['aggregate']).aggregate, { name: 'rows', onError: 'skip' });
  return { rows, ends }; // whatever the case has for keys
}

/** The updates of a table themselves, each perhaps of a window that the case gives. */
function updates({ input }: Case, inputs: Inputs, units: Units, lateness: number): Made {
  const { ends } = windowsOf(undefined, units);
  const windowOf = new Map(input.map(({ window }, index) => [index, recordOf(window)]));
  if (input.some(({ window }) => window !== undefined)) {
    const given = customWindows<Input>({
      name: 'given',
      assign(_, { index }) {
        const window = windowOf.get(index);
        return window === undefined ? [] : [{ start: units.in(Number(window['start'])), end: units.in(Number(window['end'])) }];
      },
    });
    const records = inputs.all().filter(({ value }) => value !== null);
    const rows = records.keyBy(({ key }) => key as string).window(given, { lateness }).table(last(({ value }: Input) => value), { name: 'rows' });
    return { rows, ends };
  }
  // The library tells of no row that was not there that it is gone.
  const named = new Set<unknown>();
  for (const { key, value } of input) {
    if (value === null && !named.has(key)) throw new NotOffered('absent', String(key));
    named.add(key);
  }
  const rows = inputs.all().table({ name: 'rows', key: ({ key }) => [key as string], deleted: ({ value }) => value === null, outOfOrder: 'apply' });
  return { rows, ends, shown: row => (row as Input | undefined)?.value };
}
