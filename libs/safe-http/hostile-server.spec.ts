import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { createSafeHttp, type SafeHttpRequest } from './safe-http.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A loopback server that writes bytes of its own choice; `ended` resolves when its first connection is closed. */
async function serve(answer: (socket: Socket) => void) {
  const server = createServer();
  const sockets: Socket[] = [];
  const ended = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).once('close', () => resolve());
      socket.once('data', () => answer(socket));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { ended, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function get(url: string, options: Partial<SafeHttpRequest> = {}) {
  const http = createSafeHttp({ allow: ['127.0.0.1/32'] });
  cleanups.push(() => http.close());
  return http.request({ method: 'GET', url, ...options });
}

const head = (...fields: string[]) => ['HTTP/1.1 200 OK', ...fields, '', ''].join('\r\n');

/** Writes as fast as the client reads, until the connection is gone. */
function flood(socket: Socket, chunk: Buffer) {
  const more = () => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

describe('a server that takes its time', () => {
  it.each([
    ['never answers', () => {}],
    ['stops in the headers', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nx-a:')],
    ['stops in the body', (socket: Socket) => socket.write(`${head('content-length: 10')}abc`)],
    ['stops in a chunk', (socket: Socket) => socket.write(`${head('transfer-encoding: chunked')}5\r\nab`)],
    [
      'stops in compressed data',
      (socket: Socket) =>
        socket.write(Buffer.concat([Buffer.from(head('content-encoding: gzip')), gzipSync('hello').subarray(0, 12)])),
    ],
    [
      'stops before the redirect body ends',
      (socket: Socket) => socket.write('HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 9\r\n\r\n'),
    ],
    ['sends informational answers only', (socket: Socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('and %s meets the deadline and loses its connection', async (_, answer) => {
    const { url, ended } = await serve(answer);
    const request = get(url, { timeoutMs: 100, maxRedirects: 1_000_000 });
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    await ended;
  });

  it('cannot outlast the deadline with a trickle', async () => {
    const { url, ended } = await serve((socket) => {
      socket.write(head('content-length: 100000'));
      const timer = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(get(url, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await ended;
  });

  it.each([
    ['before the headers', () => {}],
    ['during the body', (socket: Socket) => socket.write(`${head('content-length: 10')}abc`)],
  ])('loses its connection when the caller aborts %s', async (_, answer) => {
    const controller = new AbortController();
    const { url, ended } = await serve((socket) => {
      answer(socket);
      setImmediate(() => controller.abort(new Error('run cancelled')));
    });
    await expect(get(url, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED', retryable: false });
    await ended;
  });

  it('is not called at all when the signal has fired already', async () => {
    const { url } = await serve(() => {});
    await expect(get(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a server that sends too much', () => {
  const limit = { maxResponseBytes: 100_000 };
  const tooLarge = { code: 'RESPONSE_TOO_LARGE', retryable: false };
  const zeros = Buffer.alloc(65_536);
  const endless = (socket: Socket) => {
    socket.write(head('connection: close'));
    flood(socket, zeros);
  };

  it('is cut off at the limit', async () => {
    const { url, ended } = await serve(endless);
    await expect(get(url, limit)).rejects.toMatchObject(tooLarge);
    await ended;
  });

  it('is cut off at the limit after decompression', async () => {
    const { url, ended } = await serve((socket) => {
      socket.write(head('content-encoding: gzip', 'connection: close'));
      const gzip = createGzip();
      socket.on('close', () => gzip.destroy());
      gzip.pipe(socket);
      gzip.on('drain', () => gzip.write(zeros));
      while (gzip.write(zeros));
    });
    await expect(get(url, limit)).rejects.toMatchObject(tooLarge);
    await ended;
  });

  it('has its body cut instead when the caller wants the beginning only', async () => {
    const { url, ended } = await serve(endless);
    const response = await get(url, { ...limit, overflow: 'truncate' });
    expect(response).toMatchObject({ status: 200, truncated: true });
    expect(response.body).toHaveLength(limit.maxResponseBytes);
    await ended;
  });

  it('may fill the limit exactly', async () => {
    const { url } = await serve((socket) => {
      socket.write(head(`content-length: ${limit.maxResponseBytes}`));
      socket.write(Buffer.alloc(limit.maxResponseBytes));
    });
    const response = await get(url, limit);
    expect(response.body).toHaveLength(limit.maxResponseBytes);
    expect(response.truncated).toBe(false);
  });

  it('cannot do so in its headers', async () => {
    const { url, ended } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      flood(socket, Buffer.from(`x-a: ${'a'.repeat(1000)}\r\n`));
    });
    await expect(get(url)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR', retryable: false });
    await ended;
  });
});

describe('a server that breaks the protocol', () => {
  it.each([
    ['closes without an answer', (socket: Socket) => socket.end()],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
    ['promises more than it sends', (socket: Socket) => socket.end(`${head('content-length: 10')}abc`)],
    ['sends a bad chunk size', (socket: Socket) => socket.write(`${head('transfer-encoding: chunked')}zz\r\nab\r\n`)],
    ['ends inside a chunk', (socket: Socket) => socket.end(`${head('transfer-encoding: chunked')}5\r\nab`)],
    [
      'resets inside the body',
      (socket: Socket) => socket.write(`${head('content-length: 9')}ab`, () => socket.resetAndDestroy()),
    ],
    [
      'sends both length and chunks',
      (socket: Socket) =>
        socket.write(`${head('content-length: 2', 'transfer-encoding: chunked')}2\r\nab\r\n0\r\n\r\n`),
    ],
    ['sends two lengths', (socket: Socket) => socket.write(`${head('content-length: 2', 'content-length: 3')}abc`)],
    ['speaks another protocol', (socket: Socket) => socket.write('-ERR unknown command\r\n')],
    [
      'switches protocols unasked',
      (socket: Socket) => socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
  ])('and %s is reported as such', async (_, answer) => {
    const { url } = await serve(answer);
    await expect(get(url)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR', retryable: true });
  });

  it.each([
    ['is no gzip', 'gzip', Buffer.from('plain text')],
    ['is no deflate', 'deflate', Buffer.from('plain text')],
    ['is no brotli', 'br', Buffer.from('plain text')],
    ['ends early', 'gzip', gzipSync('hello'.repeat(1000)).subarray(0, 20)],
    ['has an unknown encoding', 'zstd', Buffer.from('x')],
    ['is packed twice', 'gzip, gzip', gzipSync(gzipSync('hello'))],
  ])('with a body that %s is reported and not asked again', async (_, encoding, body) => {
    const { url, ended } = await serve((socket) => {
      socket.write(head(`content-encoding: ${encoding}`, `content-length: ${body.length}`));
      socket.write(body);
    });
    await expect(get(url)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR', retryable: false });
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
    await ended;
  });

  it('gets no more than the length it announced believed', async () => {
    const { url } = await serve((socket) => socket.write(`${head('content-length: 3')}abcdef`));
    const response = await get(url);
    expect(response.body.toString()).toBe('abc');
  });
});
