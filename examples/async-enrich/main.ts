/** Asynchronous steps: a cached look-up per record, then one call for many records. */
import { Stream } from 'millrace';

interface Visit {
  user: string;
  page: string;
}
const visits: Visit[] = [
  { user: 'ann', page: '/' },
  { user: 'bob', page: '/docs' },
  { user: 'ann', page: '/docs' },
  { user: 'nobody', page: '/' },
  { user: 'nobody', page: '/docs' },
  { user: 'bob', page: '/' },
];

const users = new Map([['ann', 'PT'], ['bob', 'NZ']]);
let lookups = 0;
let bulkCalls = 0;

const rows = await Stream.from(visits)
  .enrich(
    async (user: string) => {
      lookups++;
      return users.get(user);
    },
    { name: 'country', key: visit => visit.user, with: (visit, country) => ({ ...visit, country: country ?? 'unknown' }), cache: { max: 1_000, ttl: '10m' } },
  )
  .mapBatch(
    async batch => {
      bulkCalls++;
      return batch.map((visit, index) => `${visit.user} (${visit.country}) saw ${visit.page}: row ${index} of its batch`);
    },
    { name: 'insert', size: 4, within: '50ms' },
  )
  .collect();

for (const row of rows) console.log(row);
console.log(`${visits.length} visits, ${lookups} look-ups, ${bulkCalls} bulk calls`);
