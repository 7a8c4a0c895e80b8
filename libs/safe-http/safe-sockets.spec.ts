import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSafeSockets } from './safe-sockets.js';

let server: Server;
let port: number;
let connections = 0;
beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.end('hello');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => void server.close(resolve)));

const to =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address }));

describe('safe sockets', () => {
  it('connect to an address that the operator allows, by name and by itself', async () => {
    const sockets = createSafeSockets({ allow: ['127.0.0.0/8'], lookup: to('127.0.0.1') });
    for (const host of ['mail.example', '127.0.0.1']) {
      const socket = await sockets.connect(host, port);
      expect(socket.remoteAddress).toBe('127.0.0.1');
      socket.destroy();
    }
  });

  it.each([
    ['a private address', '10.0.0.1', to('10.0.0.1')],
    ['a name that leads to one', 'mail.example', to('127.0.0.1')],
    ['a name of which one address is private', 'mail.example', to('1.1.1.1', '127.0.0.1')],
  ])('refuse %s before anything is sent', async (_what, host, lookup) => {
    const before = connections;
    const refused = createSafeSockets({ ports: [port], lookup }).connect(host, port);
    await expect(refused).rejects.toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
    expect(connections).toBe(before);
  });

  it('refuse a public address on another port', async () => {
    await expect(createSafeSockets({ ports: [25] }).connect('1.1.1.1', 22)).rejects.toMatchObject({
      code: 'BLOCKED_ADDRESS',
    });
  });

  it('say what fails, and that it may succeed later', async () => {
    const sockets = createSafeSockets({ allow: ['127.0.0.0/8'], lookup: async () => [] });
    await expect(sockets.connect('nowhere.example', 25)).rejects.toMatchObject({ code: 'DNS_FAILED', retryable: true });
    await expect(sockets.connect('127.0.0.1', 1)).rejects.toMatchObject({ code: 'CONNECT_FAILED', retryable: true });
    await expect(sockets.connect('127.0.0.1', port, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
