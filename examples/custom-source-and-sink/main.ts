/** Ends of your own: a source that reads pages of an API by cursor, a sink that writes in bulk and says which records were refused. */
import { Stream, run, toArray, type Rejected, type Sink, type Source } from 'millrace';

interface Ticket {
  id: number;
  text: string;
}

// Stands for a service with pages: what follows a cursor, and the next cursor.
const stored: Ticket[] = Array.from({ length: 7 }, (_, id) => ({ id, text: id === 4 ? '' : `ticket ${id}` }));
async function fetchPage(cursor: number, limit: number, signal: AbortSignal): Promise<{ tickets: Ticket[]; next: number }> {
  signal.throwIfAborted();
  const tickets = stored.slice(cursor, cursor + limit);
  return { tickets, next: cursor + tickets.length };
}

/** Replayable: from the same position it gives the same tickets again. */
function ticketPages(): Source<Ticket> {
  return {
    name: 'tickets',
    replayable: true,
    splits: () => ['all'],
    open(_split, from) {
      let cursor = typeof from === 'number' ? from : 0;
      return {
        async read(max, signal) {
          const first = cursor;
          const { tickets, next } = await fetchPage(cursor, Math.min(max, 3), signal);
          if (tickets.length === 0) return 'end';
          cursor = next;
          return { values: tickets, position: cursor, positionOf: index => first + index };
        },
        close: () => {},
      };
    },
  };
}

/** Stands for a search index with a bulk call. Writing a ticket again changes nothing: it is kept by id. */
function searchIndex(index: Map<number, string>): Sink<Ticket> {
  return {
    name: 'search',
    guarantee: 'idempotent',
    open: () => ({
      async write(tickets) {
        const refused = tickets.flatMap((ticket, at) => (ticket.text === '' ? [{ index: at, cause: new Error('nothing to index') }] : []));
        for (const ticket of tickets) if (ticket.text !== '') index.set(ticket.id, ticket.text);
        return refused;
      },
      flush: () => {},
      close: () => {},
    }),
  };
}

const index = new Map<number, string>();
const rejected: Rejected<Ticket>[] = [];
const job = await run(Stream.from(ticketPages()).to(searchIndex(index), { name: 'index', retry: { attempts: 3 }, onError: r => r.to(toArray(rejected)) }));
await job.done;

console.log(`indexed: ${[...index.keys()].join(', ')}`);
for (const { input, cause } of rejected) console.log(`refused: ${input.id}, ${cause instanceof Error ? cause.message : String(cause)}`);
