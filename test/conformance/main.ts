/** `npm run conformance -- <folder>`: plays all cases of a folder (or of one file) and says what became of them. */
import { readCases } from './case.js';
import { countsOf, judgeAll, report } from './report.js';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('Which cases? npm run conformance -- <folder of case files, or one file>');
  process.exit(1);
}
const judged = await judgeAll(readCases(path));
for (const line of report(judged)) console.log(line);
process.exitCode = countsOf(judged).all.wrong === 0 ? 0 : 1;
