/** From CSV to NDJSON: typed rows, rejects with the line they stood on, the result visible only when it is complete. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stream, run, toArray, type Rejected } from 'millrace';
import { csv, ndjsonFile } from 'millrace/files';
import { z } from 'zod';

const folder = await mkdtemp(join(tmpdir(), 'millrace-example-'));
try {
  const input = join(folder, 'trees.csv');
  const output = join(folder, 'trees.ndjson');
  await writeFile(input, 'id,species,height\n1,oak,21.5\n2,"beech, red",18\n3,oak\n4,birch,tall\n5,oak,9.25\n');

  const Tree = z.object({ id: z.coerce.number().int(), species: z.string(), height: z.coerce.number() });
  const rejected: Rejected<unknown>[] = [];

  const trees = Stream.from(csv(input), { onError: r => r.to(toArray(rejected)) })
    .parse(Tree, { name: 'tree', onError: r => r.to(toArray(rejected)) })
    .to(ndjsonFile(output), { name: 'write' });
  const job = await run(trees);
  await job.done;

  console.log((await readFile(output, 'utf8')).trimEnd());
  for (const { step, origin } of rejected) {
    const place = origin?.position as { line: number } | undefined; // positions of text files are { byte, line }
    console.log(`line ${place?.line} was rejected by "${step}"`);
  }
} finally {
  await rm(folder, { recursive: true });
}
