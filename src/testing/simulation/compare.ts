/** What readers of servers see after a run with faults, against a run without. */
import { sameValue } from '../../core/same-value.js';
import { shown } from '../suites/suite.js';
import type { World } from './world.js';

/** In words, if they see something else: all records of transactional servers, the rows of idempotent ones, whatever was ever appended to the others. `undefined` if it is the same. */
export function compare(calm: World, stormy: World): string | undefined {
  for (const [name, { visible, guarantee }] of calm.servers) {
    const found = [...(stormy.servers.get(name)?.visible ?? [])];
    const places = (record: (typeof visible)[number]): number => found.findIndex(other => other.time === record.time && sameValue(other.value, record.value));
    const missing = visible.filter(record => {
      const at = places(record);
      for (let again = at; again >= 0; again = guarantee === 'append' ? places(record) : -1) found.splice(again, 1);
      return at < 0;
    });
    if (missing.length + found.length === 0) continue;
    const list = [...missing.map(r => `missing ${shown(r.value)} at ${r.time}`), ...found.map(r => `too much ${shown(r.value)} at ${r.time}`)];
    return `"${name}" has other records than after a run without faults:\n  ${list.slice(0, 20).join('\n  ')}`;
  }
  return undefined;
}
