/** A windowed aggregate in two keyed steps, for keys so hot that one place cannot fold all their records: first by key and part, then the parts of each key merged. */
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import type { Problem } from '../core/errors.js';
import type { Emission, Windows, WindowResult } from '../core/window.js';
import type { Key } from '../core/values.js';
import { partial } from '../aggregates/partial.js';
import { keyed } from '../operators/keyed.js';
import { wrongCount, type Naming } from '../operators/make.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { mergedParts } from '../windows/merged-parts.js';
import { windowStage } from '../windows/stage.js';

/** The windowed step as it would be alone. */
export interface WholeStep {
  readonly input: StepInput;
  /** Further inputs, of a window join. */
  readonly others?: readonly StepInput[] | undefined;
  readonly windows: Windows;
  readonly aggregate: Aggregate<never, SomeAccumulator, unknown>;
  readonly emission: Emission;
  readonly options: Naming | undefined;
  readonly detail: string;
  readonly problems: readonly Problem[];
}

/** The one step. */
export const inOne = (operator: string, { input, others = [], windows, aggregate, emission, options, detail, problems }: WholeStep): readonly [step: KeyedStep, last?: undefined] => [
  keyed([input, ...others], operator, windowStage(windows, aggregate, emission), options, { eventTime: true, detail, problems }),
];

/** The two steps: the first takes the records and knows which come late, the second gives the results. */
export function inParts({ input, windows, aggregate, emission, options, detail, problems }: WholeStep, parts: number): readonly [first: KeyedStep, second: KeyedStep] {
  const { keyOf } = input;
  // Dealt out in turn. Where a record goes changes no result, so this is not state: after a restart the dealing may begin anew.
  let dealt = 0;
  const spread: StepInput = { ...input, keyOf: element => [keyOf === undefined ? 0 : keyOf(element), dealt++ % parts] };
  const name = options?.name;
  const first = keyed([spread], 'aggregate', windowStage(windows, partial(aggregate), { ...emission, keyed: true }), { ...options, name: name === undefined ? undefined : `${name}-parts` }, { eventTime: true, detail, problems: [...problems, ...wrongParts(windows, aggregate, emission, parts)] });
  const ofPart = (element: unknown): Key => (element as WindowResult<readonly [Key, number], unknown>).key[0]; // as the first step gives it
  const second = keyed([{ step: first, keyOf: ofPart }], 'aggregate', mergedParts(aggregate, emission, parts), { name, onError: options?.onError === 'skip' ? 'skip' : undefined }, { eventTime: true, detail: `${parts} parts merged: ${aggregate.name}` });
  return [first, second];
}

/** Where two steps would not give what one gives. */
function wrongParts(windows: Windows, aggregate: Aggregate<never, SomeAccumulator, unknown>, { trigger, stamp }: Emission, parts: number): readonly Problem[] {
  const problem = (what: string, fix: string): readonly Problem[] => [{ code: 'option', where: '', what: `option \`partial\` ${what}`, fix }];
  return [
    ...wrongCount('partial', parts),
    ...(aggregate.commutative === true ? [] : problem(`is given for the aggregate ${aggregate.name}, whose result depends on the order of records.`, 'Leave it out, or take an aggregate that is commutative.')),
    ...(windows.kind === 'aligned' ? [] : problem(`is given for ${windows.name}, whose windows depend on all records of a key.`, 'Leave it out, or take tumbling, hopping or calendar windows.')),
    ...(trigger === undefined && stamp === 'end' ? [] : problem('is given together with `trigger` or `stamp`, which look at all records of a key.', 'Leave one of them out.')),
  ];
}
