/** Other code, computed from the log beside the one that answers. */
import { MillraceError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Key } from '../core/values.js';
import type { Reading } from './answer.js';
import type { Progress } from './build.js';
import { compare, type Reconciled } from './compare.js';
import { computeFrom, type ComputeOptions } from './compute.js';
import type { Definition } from './definition.js';
import { load, unload, type Running, type Served } from './incarnation.js';
import type { Loaded, Pin } from './pin.js';
import { beginning } from './positions.js';
import type { Turns } from './turns.js';
import type { Replay } from './view.js';

/** Where the replay begins, its share of the thread, and who is told how far it is. */
export interface ReplaySettings {
  readonly from: LogPositions | undefined;
  readonly share: number;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** What a replay needs of the engine. */
export interface ReplayEngine<K extends Key, R> {
  readonly view: string;
  readonly log: MasterLog;
  served(): Served;
  running(): Running;
  inOrder<T>(work: (mine: Running) => Promise<T>): Promise<T>;
  computing(mine: Running, code: Definition, cut: LogPositions, share: number, onProgress: ReplaySettings['onProgress']): ComputeOptions;
  pin(of: Served, upTo?: LogPositions): Pin;
  reading(pinned: () => Promise<Pin>): Reading<K, R>;
  swapTo(mine: Running, next: Served, reconcile: boolean): Promise<Reconciled | undefined>;
  turns(): Turns;
  /** From now on what this code has written can be read. */
  know(code: Definition): void;
  /** Nothing is computed any more. */
  over(): void;
}

export function replayOf<K extends Key, R>(engine: ReplayEngine<K, R>, code: Definition, { from, share, onProgress }: ReplaySettings): Replay<K, R> {
  const { view, log, running, inOrder, computing, pin, reading, swapTo, turns } = engine;
  const old = engine.served();
  let retired = false;
  engine.know(code);
  const work = inOrder(async (mine): Promise<Served & { readonly version: Loaded }> => {
    const { speed } = mine;
    if (code.codeHash === engine.served().codeHash) throw new MillraceError('view-code', `View "${view}": what is to be replayed is the code that answers now. Change the key, the granules, the filter or the aggregate, or raise \`revision\`.`);
    try {
      const cut = await speed.add(code);
      await speed.log.committed();
      return { version: await load(mine, await computeFrom(from ?? beginning(log.partitions), computing(mine, code, cut, share, onProgress))), codeHash: code.codeHash };
    } finally {
      engine.over();
    }
  });
  work.catch(() => {}); // whoever waits for `caughtUp` is told
  /** The new code, unless it has thrown meanwhile. */
  const next = async (): Promise<Served> => {
    const made = await work;
    const failure = running().speed.failure(code.codeHash);
    if (failure !== undefined) throw new MillraceError('view-code', `View "${view}": the code that is tried has thrown, and counts no more.`, { cause: failure.cause });
    return made;
  };
  return {
    caughtUp: work.then(() => {}),
    shadow: reading(async () => pin(await next())),
    async diff() {
      const made = await next();
      return inOrder(async ({ speed }) => {
        const at = await speed.cut();
        return compare<R>(pin(old, at), pin(made, at), turns());
      });
    },
    async swap() {
      const made = await next();
      await inOrder(async mine => void (await swapTo(mine, made, false)));
    },
    rollback: () =>
      inOrder(async mine => {
        if (retired) throw new MillraceError('view-code', `View "${view}": the old code was retired; there is nothing to go back to.`);
        await swapTo(mine, old, false);
      }),
    retire: () =>
      inOrder(async mine => {
        const { speed, versions } = mine;
        if (engine.served().codeHash === old.codeHash) throw new MillraceError('view-code', `View "${view}": the old code answers; swap first.`);
        retired = true;
        await speed.forget(old.codeHash);
        if (old.version === undefined) return;
        await versions.remove(old.version.manifest.version);
        unload(mine, old.version.manifest.version);
      }),
  };
}
