/** Bugs, one each, as changes of the source, and where the per-commit checks are to find them. Those of stream processors before this one, most of them (H…: hazards of the issue). */

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** What stands there, once. */
  readonly from: string;
  readonly to: string;
  /** Where it is looked for: the simulated jobs, or test files. */
  readonly by: 'simulation' | readonly string[];
  /** The simulated job it hurts most, by a part of its name. */
  readonly first?: string;
  /** Further changes in the same file. */
  readonly and?: readonly (readonly [from: string, to: string])[];
  /** In other files. */
  readonly also?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const FILES = 'src/connectors/files/parts';
const RUNNERS = 'src/runners';
const SIMULATED = 'src/testing/simulation';
const LMDB = 'src/state/lmdb';

/** Each in a file of views, looked for by the law and the tests of both kinds. */
const views = (list: readonly (readonly [name: string, file: string, from: string, to: string])[]): readonly Mutant[] =>
  list.map(([name, file, from, to]) => ({ name: `views: ${name}`, file: file.startsWith('../') ? `src/${file.slice(3)}` : `src/views/${file}`, from, to, by: ['test/views/law.test.ts', 'test/views/lambda.test.ts', 'test/views/kappa.test.ts', 'test/views/batch.test.ts', 'test/views/retention.test.ts'] }));

export const mutants: readonly Mutant[] = [
  // What is in a checkpoint, and when.
  { name: 'H1 the position is in the checkpoint before the sink has the records', file: `${RUNNERS}/checkpoint.ts`, from: 'await parts.when(() => quiet(parts) && compiled.sinks.every(s => s.idle()), over.signal);\n      if (compiled.sinks.every(s => s.idle())) return;', to: 'return;', by: 'simulation', first: 'append, at least once' },
  {
    name: 'H2 the sink is committed before the checkpoint is durable',
    file: `${RUNNERS}/checkpoint.ts`,
    from: "if (token !== undefined) prepared.set(id, [...(prepared.get(id) ?? []), token]);",
    to: 'if (token !== undefined) {\n      prepared.set(id, [...(prepared.get(id) ?? []), token]);\n      await writer.commit?.([token]);\n    }',
    by: 'simulation', first: 'running totals',
  },
  { name: 'H3 what was prepared is not committed by the next process', file: `${RUNNERS}/opening.ts`, from: 'restored: restored?.committables[opening] ?? []', to: 'restored: []', by: 'simulation', first: 'running totals' },
  { name: 'the position of what was read ahead is kept', file: `${RUNNERS}/split.ts`, from: 'position: () => done,', to: 'position: () => input.behind() ?? done,', also: [{ file: `${RUNNERS}/read-ahead.ts`, from: '    hold: waiting =>', to: '    behind: () => behind,\n    hold: waiting =>' }], by: 'simulation', first: 'running totals' },
  { name: 'the position ends up before records that are in the state', file: `${RUNNERS}/split.ts`, from: 'done = b.position;', to: 'done ??= b.position;', by: 'simulation', first: 'running totals' },
  { name: 'what has ended begins anew after a restart', file: `${RUNNERS}/split-list.ts`, from: "const ended = from === 'end';", to: 'const ended = false;', and: [['      from,\n', "      from: from === 'end' ? undefined : from,\n"]], by: 'simulation', first: 'timers and rows' },
  { name: 'the positions of inputs that have ended are not kept', file: `${RUNNERS}/split-list.ts`, from: 'for (const kept of [over, expected])', to: 'for (const kept of [expected])', by: 'simulation', first: 'merged' },
  { name: 'watermarks are not in the checkpoint', file: `${RUNNERS}/checkpoint.ts`, from: 'watermarks: runtime.saved(expected),', to: 'watermarks: {},', by: 'simulation', first: 'late records' },
  { name: 'timers are not in the checkpoint', file: 'src/compile/timers.ts', from: '  fillNow();\n  /** What is here', to: '  /** What is here', by: 'simulation', first: 'timers and rows' },
  { name: 'the second sink is prepared and not in the checkpoint', file: `${RUNNERS}/checkpoint.ts`, from: 'committables: Object.fromEntries(prepared),', to: 'committables: Object.fromEntries([...prepared].slice(0, 1)),', by: 'simulation', first: 'two sinks' },
  { name: 'what was prepared for a checkpoint that failed is forgotten', file: `${RUNNERS}/checkpoint.ts`, from: "    throw cause instanceof Error && codeOf(cause) === 'state-unwritable'", to: "    prepared.clear();\n    throw cause instanceof Error && codeOf(cause) === 'state-unwritable'", by: ['test/runners/checkpoints.test.ts'] },
  { name: 'a checkpoint that failed gives its number to the next', file: `${RUNNERS}/checkpoints.ts`, from: 'const checkpoint = ++begun;', to: 'const checkpoint = completed + 1;', by: ['test/runners/checkpoints.test.ts'] },
  { name: 'calls in flight are not waited for', file: `${RUNNERS}/checkpoint.ts`, from: 'compiled.pending() === 0 && runtime.entries.every(e => e.unfinished === undefined && (', to: "runtime.entries.every(e => e.kind === 'inlet' || e.unfinished === undefined && (", by: ['test/runners/checkpoints.test.ts', 'test/operators/map-async.test.ts'] },
  { name: 'H30 records flow while the state is written', file: `${RUNNERS}/checkpoint.ts`, from: '  parts.pause();\n', to: '', by: 'simulation', first: 'running totals' },
  { name: 'an input that comes while a checkpoint is taken hands records down', file: `${RUNNERS}/split-list.ts`, from: 'entry.paused = halted;', to: '', by: 'simulation', first: 'running totals' },
  { name: 'a commit that fails is left for the next process, and the job goes on', file: `${RUNNERS}/checkpoint.ts`, from: '      return await commit();', to: '      return await commit()?.catch(() => {});', by: 'simulation', first: 'running totals' },
  // The log.
  { name: 'a log trusts segments that its writer did not find', file: 'src/connectors/log/layout.ts', from: 'base === undefined || generation === base.generation || counts.has(name)', to: 'counts.size >= 0 || name === \'\' || generation === 0', by: ['test/connectors/log/log.test.ts'] },
  { name: 'who claims a log late keeps a number that was another\'s', file: 'src/connectors/log/layout.ts', from: 'if ((await newest(disk, folder)) > generation) {', to: 'if (generation < 0) {', by: ['test/connectors/log/log.test.ts'] },
  // Views.
  ...views([
    ['segments below the cut are counted too', 'engine.ts', 'reaches(from, cut) && (upTo', '(reaches(from, cut) || !reaches(from, cut)) && (upTo'],
    ['a version is computed before a checkpoint has its cut', 'engine.ts', '        await speed.log.committed();\n', ''],
    ['segments are let go of before the version that needs them', 'incarnation.ts', 'kept.filter(({ codeHash }) => codeHash === served.codeHash).map(({ cut }) => cut), ...cuts]', '(served.version === undefined ? [] : [served.version.manifest.cut]), ...cuts]'],
    ['the pointer is not written', 'engine.ts', '    await versions.point(version);\n', ''],
    ['the log is not cut back to the checkpoint', '../connectors/log/master-log.ts', 'end: from?.[partition]', 'end: partition < 0 ? from?.[0] : undefined'],
    ['a snapshot goes on with the segment under way', 'engine.ts', 'pin(of, await mine.speed.cut())', 'pin(of)'],
    ['the batch side misses the last block below the cut', 'build.ts', 'from: from[partition] ?? 0, to }', 'from: from[partition] ?? 0, to: to - 1 }'],
    ['segments on both sides of a cut are made one', 'speed.ts', 'boundaries.some(at => same(at, from.from))', 'boundaries.length < 0'],
    ['the older of two segments is forgotten when they are made one', 'speed.ts', 'code.aggregate.merge(before ?? code.aggregate.zero(), acc), start)', 'before === undefined ? acc : code.aggregate.merge(code.aggregate.zero(), acc), start)'],
    ['an incremental version counts its base alone', 'compute.ts', 'turns), more.rows]);', 'turns), ...(more.events < 0 ? [more.rows] : [])]);'],
    ['the log is trimmed below one of the views that need it', 'log-step.ts', 'least([kept, ...needs.values(), ...readings])', 'least([kept, ...[...needs.values()].slice(-1), ...readings])'],
    ['the log is trimmed above the last checkpoint', 'log-step.ts', 'least([kept, ...needs.values(), ...readings])', 'least([...needs.values(), ...readings])'],
    ['a run that was put aside is not merged', 'gathering.ts', '(runs?.all ?? []).map', '(runs?.all ?? []).slice(1).map'],
    ['a long reading sees what comes meanwhile', 'table-rows.ts', 'if (!starts.has(start)) starts.set', 'if (starts.size < 0) starts.set'],
    ['a long reading does not keep the version it reads', 'hold.ts', '  pinned.add(held);\n  if (version !== undefined) version.leases++;\n', ''],
    ['events of one granule are merged in the wrong order', 'pin.ts', 'rows.sort((a, b) => a.start - b.start);', 'rows.reverse().sort((a, b) => a.start - b.start);'],
  ]),
  // Sinks.
  { name: 'a sink is written to after a write that fails the job', file: 'src/compile/sink.ts', from: '    if (failing) return; // still writing, for ever\n', to: '', by: ['test/simulation/simulation.test.ts'] },
  { name: 'H9 an error of a sink is swallowed', file: 'src/compile/sink.ts', from: '      }, fail);', to: '      }, () => settle(upTo));', by: 'simulation', first: 'append' },
  { name: 'a batch is written without waiting for the one before it', file: 'src/compile/sink.ts', from: 'idle: () => size === 0 && !writing,', to: 'idle: () => size === 0,', by: 'simulation', first: 'running totals' },
  { name: 'an outbox does not deliver what another process had prepared', file: 'src/connectors/outbox/outbox.ts', from: 'await deliver(writer, context.restored, turn);', to: '', by: 'simulation', first: 'two sinks' },
  { name: 'an outbox delivers only the last of several tokens', file: 'src/connectors/outbox/outbox.ts', from: 'const waiting = tokens.map(waitingOf);', to: 'const waiting = tokens.slice(-1).map(waitingOf);', by: ['test/connectors/outbox/outbox.test.ts'] },
  { name: 'an outbox gives a delivery that is repeated a number of its own', file: 'src/connectors/outbox/outbox.ts', from: 'await writer.deliver(Math.max(...waiting.map(({ checkpoint }) => checkpoint)),', to: 'await writer.deliver(++repeated,', and: [['/** All tokens of a manifest', 'let repeated = Date.now();\n/** All tokens of a manifest']], by: 'simulation', first: 'two sinks' },
  { name: 'H4 parts that a checkpoint has promised are removed by the next process', file: `${FILES}/take-over.ts`, from: '    for (const token of tokens) await publish(disk, root, context, token);\n', to: '', by: 'simulation', first: 'files' },
  { name: 'parts of an older process are left and come again', file: `${FILES}/names.ts`, from: '`${digits(generation, 6)}-${digits(checkpoint, 10)}-${digits(sequence, 6)}`', to: '`${digits(1, 6)}-${digits(checkpoint, 10)}-${digits(sequence, 6)}`', by: 'simulation', first: 'files' },
  { name: 'H5 files do not ask who owns the folder', file: `${FILES}/manifest.ts`, from: 'if (newest > generation)', to: 'if (newest < 0)', by: ['test/connectors/files/parts.test.ts', 'test/connectors/files/parts-crash.test.ts'] },
  { name: 'H24 parts are written where readers see them', file: `${FILES}/publish.ts`, from: 'const from = join(root, KEPT, STAGED, staged);', to: 'const from = join(root, path);', by: 'simulation', first: 'files' },
  { name: 'H25 parts are renamed without having been synced', file: `${FILES}/staged.ts`, from: 'await synced(path, () => written.sync());', to: '', by: 'simulation', first: 'files' },
  // Not here: renamed parts whose folder is not synced. The next checkpoint syncs the folder they came from before it is durable, and the last one's are renamed again from its token: the job, started again, comes to the same.
  { name: 'the manifest of parts is not synced', file: 'src/connectors/durable.ts', from: 'await synced(path, () => file.sync());', to: '', by: ['test/connectors/files/parts-crash.test.ts', 'test/connectors/files/parts.test.ts'] },
  { name: 'a part that cannot be written whole is taken for whole', file: `${FILES}/staged.ts`, from: '        torn = true;\n        throw unwritable(path, cause);', to: '        torn = true;', by: ['test/connectors/files/parts-crash.test.ts', 'test/connectors/files/parts.test.ts'] },
  // Stores.
  { name: 'H5 a store does not ask whose generation it is', file: `${SIMULATED}/disk-state.ts`, from: 'if (latest > generation) throw new MillraceError(\'fenced\', `Job "${job}" was opened again (generation ${latest}); generation ${generation} may not commit any more.`);', to: '', by: 'simulation' },
  { name: 'H6 a process that was taken over overwrites a newer checkpoint', file: `${SIMULATED}/checkpoint-file.ts`, from: '`checkpoint-${generation}-${sequence}`', to: '`checkpoint-1-${sequence}`', by: 'simulation' },
  { name: 'H24 a checkpoint is written in place', file: `${SIMULATED}/checkpoint-file.ts`, from: 'const aside = `${folder}/${name}.writing`;', to: 'const aside = `${folder}/${name}`;', and: [['  await disk.rename(aside, `${folder}/${name}`);\n', '']], by: 'simulation' },
  { name: 'H25 a checkpoint is not synced before it is renamed', file: `${SIMULATED}/checkpoint-file.ts`, from: '    await file.sync();\n', to: '', by: 'simulation' },
  { name: 'H25 the folder of a checkpoint is not synced', file: `${SIMULATED}/checkpoint-file.ts`, from: '  await disk.rename(aside, `${folder}/${name}`);\n  await disk.syncFolder(folder);\n', to: '  await disk.rename(aside, `${folder}/${name}`);\n', by: 'simulation' },
  { name: 'what changed is forgotten before it is durable', file: `${SIMULATED}/disk-state.ts`, from: 'const own: Named = { generation, sequence: ++sequence };', to: 'const own: Named = { generation, sequence: ++sequence };\n        for (const [, , table] of live.all()) table.settle(undefined as never);', by: 'simulation' },
  // Not here: a store that keeps the objects it was given rather than copies (the other half of H30). After a commit the overlay is empty and every read copies from what is kept, so that nobody has the kept object to change.
  { name: 'lmdb: H5 a commit does not ask whose generation it is', file: `${LMDB}/store.ts`, from: 'if (claim === undefined || claim.generation !== generation) throw fenced(job, claim?.generation ?? 0, generation);', to: '', by: ['test/state/lmdb/store.test.ts', 'test/state/lmdb/commit.test.ts', 'test/state/lmdb/lmdb.test.ts'] },
  { name: 'lmdb: what changed is forgotten although the commit failed', file: `${LMDB}/store.ts`, from: 'handle.transaction(() => write(manifest, pause))).catch(async (cause: unknown) => {', to: 'handle.transaction(() => write(manifest, pause))).catch(async (cause: unknown) => {\n          for (const { table } of all()) for (const _ of table.settle(0));', by: ['test/state/lmdb/store.test.ts', 'test/state/lmdb/commit.test.ts', 'test/state/lmdb/lmdb.test.ts'] },
  { name: 'lmdb: a commit that fails has written half', file: `${LMDB}/handle.ts`, from: 'return root.childTransaction(action);', to: 'return action();', by: ['test/state/lmdb/store.test.ts', 'test/state/lmdb/commit.test.ts', 'test/state/lmdb/lmdb.test.ts'] },
  { name: 'lmdb: the manifest is that of the checkpoint before', file: `${LMDB}/store.ts`, from: 'const after: Checkpoint = { manifest, count, sum, nextTable: next };', to: 'const after: Checkpoint = { manifest: checkpoint?.manifest ?? manifest, count, sum, nextTable: next };', by: ['test/state/lmdb/store.test.ts', 'test/state/lmdb/commit.test.ts', 'test/state/lmdb/lmdb.test.ts'] },
  { name: 'lmdb: what is damaged is taken for what was written', file: 'src/state/codec.ts', from: 'if (isSealed(key, bytes, body)) {', to: 'if (isSealed(key, bytes, body) || body.length > 0) {', by: ['test/state/codec.test.ts'] },
];
