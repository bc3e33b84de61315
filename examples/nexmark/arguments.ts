/** The command line: `<events.ndjson> [--disorder ms] [--queries q1,q5]`. */
import { queries } from './queries.js';

export interface Arguments {
  readonly file: string | undefined;
  readonly disorder: number;
  readonly names: readonly string[];
}

export const USAGE = `Usage: npm run nexmark -- [events.ndjson] [--disorder ms] [--queries q1,q5]

  events.ndjson   events in order of arrival, side.ndjson beside them; without it 100,000 events are made up
  --disorder      by how many milliseconds of event time an event may come late (default 0)
  --queries       which (default all): ${[...queries.keys()].join(', ')}`;

/** Throws an Error that says what is wrong. */
export function argumentsOf(args: readonly string[]): Arguments {
  let file: string | undefined;
  let disorder = 0;
  let names: readonly string[] = [...queries.keys()];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--disorder') {
      const text = args[++at] ?? '';
      disorder = Number(text);
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(disorder)) throw new Error(`--disorder takes a whole number of milliseconds, not "${text}".`);
    } else if (word === '--queries') {
      names = (args[++at] ?? '').split(',').filter(name => name !== '');
      const unknown = names.filter(name => !queries.has(name));
      if (names.length === 0 || unknown.length > 0) throw new Error(`--queries: ${unknown.length > 0 ? `there is no ${unknown.join(', ')}` : 'none given'}; there are ${[...queries.keys()].join(', ')}.`);
    } else if (word.startsWith('--')) throw new Error(`There is no option ${word}.`);
    else if (file !== undefined) throw new Error(`Two files: ${file} and ${word}.`);
    else file = word;
  }
  return { file, disorder, names };
}
