/** The Nexmark queries over a file of events: one line of JSON for each. */
import { argumentsOf, USAGE, type Arguments } from './arguments.js';
import { readData, type Data } from './events.js';
import { disordered, nexmark, sideTable } from './generate.js';
import { measured } from './measure.js';
import { queries } from './queries.js';

const EVENTS = 100_000;

const dataOf = async ({ file, disorder }: Arguments): Promise<Data> =>
  file === undefined ? { events: [...disordered(nexmark({ events: EVENTS }), disorder)], side: [...sideTable()] } : readData(file);

let given: Arguments | undefined;
try {
  given = argumentsOf(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}
if (given !== undefined) {
  const data = await dataOf(given);
  for (const name of given.names) {
    const query = queries.get(name);
    if (query !== undefined) console.log(JSON.stringify(await measured(name, query, data, given.disorder)));
  }
}
