import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the target received it. */
export interface TargetRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answers a request; one that never ends the response is a server that hangs. An exception answers 500. */
export type TargetHandler = (request: TargetRequest, response: ServerResponse) => void | Promise<void>;

/** An HTTP server on loopback that stands for the outside world. */
export interface Target {
  url: string;
  /** In order of arrival, recorded before the handler sees them. */
  requests: TargetRequest[];
  /** Ends open connections too. */
  close(): Promise<void>;
}

const answerEmpty: TargetHandler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
};

/** Starts a target; without a handler it answers 200 `{}`. */
export async function startTarget(handler: TargetHandler = answerEmpty): Promise<Target> {
  const requests: TargetRequest[] = [];
  const server = createServer((incoming, response) => {
    const receive = async (): Promise<void> => {
      const body = await text(incoming);
      const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      await handler(request, response);
    };
    receive().catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
