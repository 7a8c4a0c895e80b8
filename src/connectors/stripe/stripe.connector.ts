import { Inject, Injectable } from '@nestjs/common';
import type { Connector, ConnectionKind, OpenConnection, Operation, TestResult } from '#libs/connector-kit';
import { type SafeHttp, SafeHttpError } from '#libs/safe-http';
import { OutboundHttp } from '../../platform/outbound/index.js';
import { customerOperations } from './customer.operations.js';
import { invoiceOperations } from './invoice.operations.js';
import { paymentOperations } from './payment.operations.js';
import { stripeClient } from './stripe-client.js';

@Injectable()
export class StripeConnector implements Connector {
  readonly name = 'stripe';
  readonly title = 'Stripe';
  readonly description = 'Customers, invoices, payments and refunds at Stripe.';
  readonly connection: ConnectionKind;
  readonly operations: readonly Operation[];

  constructor(@Inject(OutboundHttp) private readonly http: SafeHttp) {
    this.operations = [...invoiceOperations(http), ...customerOperations(http), ...paymentOperations(http)];
    this.connection = {
      optional: false,
      oauth2: true,
      credentials: {
        type: 'object',
        required: ['apiKey'],
        additionalProperties: false,
        properties: {
          apiKey: { type: 'string', minLength: 8, description: 'Secret or restricted API key: `sk_…` or `rk_…`.' },
        },
      },
      settings: {
        type: 'object',
        additionalProperties: false,
        properties: {
          apiBase: {
            type: 'string',
            pattern: '^https?://[^/?#@]+/?$',
            description: "Where the API is, if not at Stripe's own address: scheme, host and port.",
            examples: ['https://api.stripe.com'],
          },
        },
      },
      test: (connection, signal) => this.test(connection, signal),
    };
  }

  /** A restricted key may not read the account, but it is one. */
  private async test(connection: OpenConnection, signal: AbortSignal): Promise<TestResult> {
    const { Stripe } = await import('stripe');
    try {
      const stripe = await stripeClient(this.http, connection, signal);
      const { id } = await stripe.accounts.retrieveCurrent();
      return { ok: true, externalAccountId: id };
    } catch (error) {
      if (error instanceof Stripe.errors.StripePermissionError) return { ok: true };
      if (error instanceof Stripe.errors.StripeError || error instanceof SafeHttpError) {
        return { ok: false, message: error.message };
      }
      throw error;
    }
  }
}
