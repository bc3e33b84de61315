/** All laws: those of every step on every subject, and those that stand alone. */
import type { Law } from './law.js';
import { aggregateLaws } from './laws/aggregates.js';
import { batchLaw } from './laws/batch.js';
import { countLaw } from './laws/count.js';
import { crashLaw } from './laws/crash.js';
import { lambdaLaw } from './laws/lambda.js';
import { modelLaw } from './laws/model.js';
import { orderLaw } from './laws/order.js';
import { fullJoin, outerLaw } from './laws/outer.js';
import { replayLaw } from './laws/replay.js';
import { sumLaw } from './laws/sum.js';
import { subjects } from './subjects/all.js';

export const laws: readonly Law[] = [...subjects.flatMap(subject => [modelLaw, batchLaw, orderLaw, countLaw, replayLaw, crashLaw].map(of => of(subject))), sumLaw, outerLaw(fullJoin), ...aggregateLaws, lambdaLaw].filter(law => law !== undefined);
