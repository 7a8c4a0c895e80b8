import { Global, Module } from '@nestjs/common';
import { type Connector, ConnectorRegistry } from '#libs/connector-kit';
import { EmailConnector } from './email/email.connector.js';
import { HttpConnector } from './http/http.connector.js';
import { SlackConnector } from './slack/slack.connector.js';
import { StripeConnector } from './stripe/stripe.connector.js';

/** The list of connectors. A new one is a folder here and a line in this list. */
export const CONNECTORS = [EmailConnector, HttpConnector, SlackConnector, StripeConnector];

/** Global, because steps and connections ask the registry, and neither names a connector. */
@Global()
@Module({
  providers: [
    ...CONNECTORS,
    {
      provide: ConnectorRegistry,
      inject: CONNECTORS,
      useFactory: (...connectors: Connector[]) => new ConnectorRegistry(connectors),
    },
  ],
  exports: [ConnectorRegistry],
})
export class ConnectorsModule {}
