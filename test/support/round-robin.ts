import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy on loopback. */
export interface RoundRobin {
  url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** More than any server behind it takes, so that each of them applies its own limit. */
const MAX_HEADER_BYTES = 256 * 1024;

/**
 * Spreads requests over servers in turn, also those that come over one connection. Bytes and headers pass unchanged and at once in both
 * directions; whichever side breaks off takes the other with it.
 *
 * @param urls of the servers, without a path
 * @param port default 0: any free port
 */
export async function startRoundRobin(urls: string[], port = 0): Promise<RoundRobin> {
  const agent = new Agent({ keepAlive: false });
  let turn = 0;
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) =>
    forward(incoming, response, { agent, url: urls[turn++ % urls.length] ?? '' }),
  );
  // As long as a request takes is for the servers to say.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { agent, url }: { agent: Agent; url: string },
): void {
  const { hostname, port } = new URL(url);
  const outgoing = request({
    agent,
    hostname,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: endToEnd(incoming.rawHeaders),
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  outgoing.on('response', (answer) => {
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    response.flushHeaders();
    answer.on('error', () => response.destroy()).pipe(response);
  });
  outgoing.on('error', () => response.headersSent || response.destroy());
  // A server may answer before it has the whole body; what is left of it then goes nowhere, so that the client gets to read the answer.
  outgoing.on('close', () => incoming.unpipe(outgoing).resume());
  response.on('close', () => response.writableFinished || outgoing.destroy());
  incoming.pipe(outgoing);
}

/** Without what a connection's two ends say about that connection alone. */
const endToEnd = (rawHeaders: string[]): string[] =>
  rawHeaders.filter((_, at) => !/^(?:connection|keep-alive)$/i.test(rawHeaders[at - (at % 2)] ?? ''));
