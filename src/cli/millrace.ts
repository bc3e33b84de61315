#!/usr/bin/env node
/** The command `millrace`. */
import { stateCommand, USAGE } from './state.js';

const output = { print: (line: string): void => void process.stdout.write(`${line}\n`), complain: (line: string): void => void process.stderr.write(`${line}\n`) };
const [command, ...args] = process.argv.slice(2);

// No await at the top: the package is built as CommonJS too.
if (command === 'state') void stateCommand(args, output).then(code => (process.exitCode = code));
else {
  output.complain(USAGE);
  process.exitCode = command === undefined || command === '--help' || command === 'help' ? 0 : 2;
}
