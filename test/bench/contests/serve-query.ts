/** Requests per second for one key over a range: a served view, and a bare `node:http` handler that does the same look-up in the same view and writes the same answer as JSON. The client is a process of its own, the same for both. */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Stream, count, run } from 'millrace';
import { serve } from 'millrace/serve';
import { lambda } from 'millrace/views';
import { contest } from '../kit/contest.js';

const KEYS = 1_000;
const HOUR = 3_600_000;
const REQUESTS = 20_000;

/** Asks `REQUESTS` times, 16 connections at once, and tells what the last answer was. */
const ASKER = `
import { request, Agent } from 'node:http';
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const ask = (port, i) => new Promise((resolve, reject) => {
  const asked = request({ port, host: '127.0.0.1', agent, path: '/views/pages/query?key=page-' + (i % ${KEYS}) + '&from=0&to=' + 24 * ${HOUR} }, response => {
    let text = '';
    response.setEncoding('latin1');
    response.on('data', part => (text += part));
    response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(response.statusCode + text))));
  });
  asked.on('error', reject);
  asked.end();
});
process.on('message', async port => {
  let i = 0;
  let last = '';
  await Promise.all(Array.from({ length: 16 }, async () => { while (i < ${REQUESTS}) last = await ask(port, i++); }));
  process.send(JSON.parse(last).value);
});
`;

const events = Array.from({ length: KEYS * 24 * 4 }, (_, i) => ({ url: `page-${i % KEYS}`, at: Math.floor(i / KEYS / 4) * HOUR + (i % HOUR) }));
const pages = lambda('pages', Stream.from(events).timestamps(event => event.at), { key: event => event.url, every: '1h', aggregate: count() });
const job = await run([...pages.outputs], { name: 'bench' });
await job.done;

const ours = await serve({ pages }, { port: 0 });
const bare = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  const answer = async (): Promise<void> => {
    const { value, version, cut, watermark, complete, gaps } = await pages.query(url.searchParams.get('key') ?? '', { from: Number(url.searchParams.get('from')), to: Number(url.searchParams.get('to')) });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ value, version, cut, watermark, complete, gaps }));
  };
  void answer();
});
await new Promise<void>(resolve => bare.listen(0, '127.0.0.1', resolve));

const script = fileURLToPath(new URL('serve-query-asker.mjs', import.meta.url));
writeFileSync(script, ASKER);
const asker = fork(script, { execArgv: [] });
const asked = (port: number): Promise<unknown> =>
  new Promise(resolve => {
    asker.once('message', resolve);
    asker.send(port);
  });
asker.once('exit', () => process.exit(1)); // no answer will come

await contest({
  name: `${REQUESTS / 1_000}k queries of one key over HTTP`,
  rival: 'a bare node:http handler that does the same look-up',
  goal: 0.5,
  ours: () => asked(ours.port),
  theirs: () => asked((bare.address() as AddressInfo).port), // it listens on a port
});
asker.removeAllListeners('exit');
asker.kill();
bare.close();
bare.closeAllConnections();
await ours.close();
