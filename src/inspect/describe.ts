/** A plan as people read it: indented text, or a mermaid flowchart. */
import type { Plan } from '../plan/plan.js';
import { inputsOf, type Step } from '../plan/step.js';
import { reportOf } from './report.js';

/** How {@link describePlan} writes. */
export type DescribeFormat = 'text' | 'mermaid';

export function describePlan(plan: Plan, format: DescribeFormat): string {
  return format === 'mermaid' ? mermaid(plan) : text(plan);
}

const notes = (step: Step): string => {
  const all: string[] = [];
  if (step.detail !== undefined) all.push(step.detail);
  if (step.kind === 'async' && step.opaque === true) all.push('opaque: RxJS inside, no event time below');
  if (step.kind === 'source' && !step.source.replayable) all.push('cannot be read again');
  if (step.kind === 'sink') all.push(step.sink.guarantee);
  if (step.policy !== 'fail') all.push(step.policy === 'skip' ? 'skips failures' : 'dead letters');
  return all.length === 0 ? '' : ` (${all.join('; ')})`;
};
const title = (step: Step, plan: Plan): string => (step.name === undefined ? plan.idOf(step) : `${step.operator} "${step.name}"`);

function text(plan: Plan): string {
  const lines = plan.steps.map(step => {
    const from = inputsOf(step).map(i => plan.idOf(i.step) + (i.output === undefined ? '' : `.${i.output}`));
    return `${title(step, plan)}${notes(step)}${from.length === 0 ? '' : ` <- ${from.join(', ')}`}`;
  });
  const report = reportOf('', plan, false);
  if (report.ingestionTime.length > 0) lines.push(`time of reading, no event time: ${report.ingestionTime.join(', ')}`);
  return lines.join('\n');
}

const escape = (label: string): string => label.replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');

function mermaid(plan: Plan): string {
  const nodes = new Map(plan.steps.map((step, i) => [step, `s${i}`]));
  const shape = (step: Step): string => {
    const label = `"${escape(title(step, plan) + notes(step))}"`;
    if (step.kind === 'source') return `([${label}])`;
    if (step.kind === 'sink') return `[(${label})]`;
    return step.kind === 'keyed' ? `[[${label}]]` : `[${label}]`;
  };
  const lines = ['flowchart TD', ...plan.steps.map(step => `  ${nodes.get(step)}${shape(step)}`)];
  for (const step of plan.steps) for (const { to, output } of plan.edgesFrom(step)) lines.push(`  ${nodes.get(step)} ${output === undefined ? '-->' : `-- "${escape(output)}" -->`} ${nodes.get(to)}`);
  return lines.join('\n');
}
