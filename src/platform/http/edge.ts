import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express, NextFunction, Request, Response } from 'express';
import { type JsonLogger, logRequest } from '../logging/index.js';
import { bodyReader } from './body-reader.js';
import { useEnvelope } from './envelope.js';
import type { ErrorDialect } from './error-dialect.js';
import { ErrorFilter } from './error-filter.js';
import { identifyRequest } from './request-id.js';
import { setSecurityHeaders } from './security-headers.js';
import { ValidationPipe } from './validation.js';

/** What the edge needs of the settings. */
export interface EdgeSettings {
  TRUST_PROXY: number;
  MAX_BODY_BYTES: number;
}

export interface EdgeOptions {
  logger: JsonLogger;
  /** Error shapes of paths that are not the native API's. */
  errorDialects?: readonly ErrorDialect[];
  /** Path prefixes that outside systems call with any body; see `BodyReaderOptions`. */
  anyBodyUnder?: readonly string[];
}

/**
 * Sets up everything between the socket and the controllers. Call it once, before `app.init()` or `app.listen()`, on an application
 * made with `bodyParser: false`. There is no CORS: browsers of other origins are not served.
 */
export function configureEdge(app: NestExpressApplication, settings: EdgeSettings, options: EdgeOptions): void {
  const express: Express = app.getHttpAdapter().getInstance();
  express
    .disable('x-powered-by')
    .set('etag', false)
    .set('query parser', 'simple')
    .set('trust proxy', settings.TRUST_PROXY);
  useEnvelope(express);
  const { logger, errorDialects = [], anyBodyUnder = [] } = options;
  const readBody = bodyReader({ maxBytes: settings.MAX_BODY_BYTES, anyBodyUnder });
  // One middleware instead of four: each layer of the router costs about as much as what it would do here.
  app.use((request: Request, response: Response, next: NextFunction) => {
    identifyRequest(request, response);
    logRequest(logger, request, response);
    setSecurityHeaders(request, response);
    readBody(request, next);
  });
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ErrorFilter(errorDialects));
  boundConnections(app.getHttpServer());
}

/** How long a client may take, in milliseconds (reliability D12). Node looks for overdue connections at its own interval, by default 30 s. */
function boundConnections(server: Server): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  (server as Server & { connectionsCheckingInterval: number }).connectionsCheckingInterval = 2_000;
}
