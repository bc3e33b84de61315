/**
 * A proxy between a client and PostgreSQL that knows the borders of messages (a type byte and a length) and breaks what it is told: the reply to a chosen request is dropped, a connection is reset,
 * cut after so many bytes, silent for ever, or comes byte by byte.
 */
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

export type Fault =
  /** The request that holds `text` reaches the server; its answer is thrown away and the connection cut. */
  | { readonly kind: 'drop-reply'; readonly text: string }
  /** The connection is reset when a request with `text` comes; the server does not see it. */
  | { readonly kind: 'reset'; readonly text: string }
  /** Nothing comes back any more after a request with `text`; the connection stays. */
  | { readonly kind: 'silence'; readonly text: string }
  /** Cut after so many bytes from the client. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Both ways one byte at a time; for ever. */
  | { readonly kind: 'bytewise' };

export interface Proxy {
  readonly port: number;
  /** The next fault, once (`bytewise`: from now on). */
  next: Fault | undefined;
  /** How often a fault struck. */
  readonly struck: { count: number };
  /** Connections refused until it is set to false. */
  down: boolean;
  close(): Promise<void>;
}

export async function openProxy(host: string, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    if (proxy.down) return void client.resetAndDestroy();
    const upstream = createConnection({ host, port });
    const both = [client, upstream];
    let silent = false;
    let deaf = false;
    let sent = 0;
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const other of both) if (!silent) other.destroy();
      });
    }
    const pass = (to: Socket, data: Buffer): void => {
      if (proxy.next?.kind !== 'bytewise') return void to.write(data);
      for (const byte of data) to.write(Buffer.from([byte]));
    };
    const cut = (): void => {
      proxy.struck.count++;
      client.resetAndDestroy();
      upstream.destroy();
    };
    client.on('data', (data: Buffer) => {
      const fault = proxy.next;
      if (fault?.kind === 'cut' && sent + data.length >= fault.bytes) {
        proxy.next = undefined;
        upstream.write(data.subarray(0, Math.max(0, fault.bytes - sent)), cut);
        return;
      }
      sent += data.length;
      if (fault !== undefined && 'text' in fault && data.includes(fault.text)) {
        proxy.next = undefined;
        if (fault.kind === 'reset') return cut();
        if (fault.kind === 'drop-reply') deaf = true;
        else {
          silent = true;
          proxy.struck.count++;
        }
      }
      pass(upstream, data);
    });
    upstream.on('data', (data: Buffer) => {
      if (silent) return;
      // The server has answered, so what was asked is done.
      if (deaf) return cut();
      pass(client, data);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port, // it listens on a port
    next: undefined,
    struck: { count: 0 },
    down: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return proxy;
}
