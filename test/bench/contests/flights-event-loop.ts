/** The job runs in a process that also serves HTTP; this process is its client. */
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { median, summary } from '../kit/contest.js';
import { flightsProcess, isFlightsProcess } from '../kit/flights-process.js';
import { report } from '../kit/report.js';

const ALLOWED = 20;
const PAUSE = 5;

if (isFlightsProcess) {
  const server = createServer((_, response) => response.end('{"alive":true}')).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  process.send?.({ port: (server.address() as AddressInfo).port }); // not a pipe
  // The finest there is: at the default of 10 ms, a delay of 1 ms would count as 10.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await import('../../../examples/flights/main.js');
  delay.disable();
  process.send?.({ figure: delay.percentile(99) / 1e6 });
  server.close();
  server.closeAllConnections();
} else {
  const answers: number[] = [];
  const ask = (port: number, agent: Agent): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = performance.now();
      get({ port, host: '127.0.0.1', agent }, response => {
        response.resume();
        response.on('end', () => {
          answers.push(performance.now() - asked);
          resolve();
        });
      }).on('error', reject);
    });
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    const agent = new Agent({ keepAlive: true });
    let running = true;
    let client: Promise<void> | undefined;
    const figure = await flightsProcess(child =>
      child.on('message', message => {
        const { port, figure: last } = message as { readonly port?: number; readonly figure?: number };
        if (last !== undefined) running = false;
        if (port === undefined) return;
        client = (async () => {
          while (running) {
            try {
              await ask(port, agent);
            } catch (error) {
              if (running && child.connected) throw error;
            }
            await pause(PAUSE);
          }
        })();
      }),
    );
    running = false;
    await client;
    agent.destroy();
    delays.push(figure);
  }
  if (answers.length < 100) throw new Error(`Only ${answers.length} requests were answered.`);
  const detail = `p99 ${delays.map(ms => ms.toFixed(1)).join(', ')} ms; ${answers.length} requests answered, median ${median(answers).toFixed(1)} ms`;
  report({ name: 'event-loop delay p99 while the flights job runs and HTTP is served', rival: `${ALLOWED} ms`, goal: 1, ...summary(delays.map(ms => ALLOWED / ms)), detail });
}
