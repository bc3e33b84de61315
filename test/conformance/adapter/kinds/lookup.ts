/** A stream that looks into a table, as it is or as it was. */
import { NotOffered } from '../../outcome.js';
import { textOf } from '../fields.js';
import { end, type End, type Input } from '../play.js';
import { keyed, outputTime, type JoinSetting } from './join.js';

const TABLES = ['table', 'right', 't1'];
export const tableOf = (names: readonly string[]): string | undefined => names.find(name => TABLES.includes(name));

export function lookupEnd(setting: JoinSetting): End<never> {
  const { one, kit, inputs, type, joiner, words } = setting;
  if (type !== 'inner' && type !== 'left') throw new NotOffered('join', `${words}, ${type}`);
  const name = tableOf(inputs.names);
  const asking = inputs.names.find(found => found !== name);
  if (name === undefined || asking === undefined) throw new NotOffered('words', `which of ${inputs.names.join(', ')} is the table`);
  const described = textOf(one.params['table']) ?? '';
  const versioned = described.startsWith('versioned') || words.startsWith('as-of');
  const rows = inputs.stream(name).table({
    name: 'rows',
    key: ({ key }) => key as string, // whatever the case has
    deleted: ({ value }) => value === null,
    // Kafka's time for a stream and a table is that of the stream.
    bootstrap: !words.startsWith('as-of'),
    onError: 'skip',
    ...(versioned ? { versions: `${Number(/(\d+) min/.exec(described)?.[1] ?? 1_000_000)}m` } : { outOfOrder: 'apply' }),
  });
  const found = keyed(setting, asking).lookup(rows, { name: 'lookup', type, onError: 'skip' });
  return end<{ readonly value: Input; readonly row: Input | undefined }>(kit.collect(found, { name: 'found' }), ({ value, row }, time) => ({ key: value.key, value: joiner(value.value, row?.value), ts: outputTime(setting, value, time) }));
}
