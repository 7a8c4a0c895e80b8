import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callOperation, type OpenConnection } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { createSafeHttp } from '#libs/safe-http';
import { aContext } from '../../../libs/block-kit/compile-alone.js';
import { MemoryVault } from '../../../test/support/memory-ports.js';
import { startStripeServer, type StripeServer } from '../../../test/support/stripe-server.js';
import { StripeConnector } from './stripe.connector.js';

const http = createSafeHttp({ allow: ['127.0.0.0/8'] });
const connector = new StripeConnector(http);
const vault = new MemoryVault();
let server: StripeServer;

beforeAll(async () => {
  server = await startStripeServer();
  vault.add({ provider: 'stripe', credentials: { apiKey: server.apiKey }, settings: { apiBase: server.url } });
});
afterEach(() => {
  server.intercept = () => false;
  server.requests.length = 0;
});
afterAll(async () => {
  await http.close();
  await server.close();
});

let runs = 0;
const call = (name: string, parameters: JsonObject, runId = `run-${++runs}`) => {
  const operation = connector.operations.find((known) => known.name === name);
  if (!operation) throw new Error(`there is no ${name}`);
  const context = aContext({ runId, idempotencyKey: `${runId}:step-1` });
  return callOperation(vault, { connector, operation, parameters, connection: null }, context);
};
const outputOf = (outcome: Awaited<ReturnType<typeof call>>): JsonObject => {
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.output as JsonObject;
};
const answering =
  (status: number, body: object, headers: Record<string, string> = {}): StripeServer['intercept'] =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return true;
  };
const sent = () => server.requests.map(({ method, url, headers }) => [method, url, headers['idempotency-key']]);

describe('stripe.createInvoice', () => {
  it('makes a draft, puts the line into it and finalizes it, each under a key of its own', async () => {
    const parameters = { customerId: 'cus_123', amount: 4857.84, metadata: { source: 'api-order', count: 2 } };
    const invoice = outputOf(await call('createInvoice', parameters, 'run-a'));
    expect(invoice).toMatchObject({
      status: 'open',
      number: expect.stringMatching(/^INV-\d{4}$/),
      customer: 'cus_123',
      total: 4858,
      metadata: { source: 'api-order', count: '2' },
    });
    expect(sent()).toEqual([
      ['POST', '/v1/invoices', 'run-a:step-1:invoice'],
      ['POST', '/v1/invoiceitems', 'run-a:step-1:item:0'],
      ['POST', `/v1/invoices/${invoice['id'] as string}/finalize`, 'run-a:step-1:finalize'],
    ]);
    const [create] = server.requests;
    expect(Object.fromEntries(new URLSearchParams(create?.body))).toMatchObject({
      currency: 'usd',
      collection_method: 'charge_automatically',
      auto_advance: 'false',
      pending_invoice_items_behavior: 'exclude',
    });
    expect(create?.headers).not.toHaveProperty('x-stripe-client-telemetry');
  });

  it('repeated, is the same invoice', async () => {
    const first = outputOf(await call('createInvoice', { customerId: 'cus_123', amount: 100 }, 'run-b'));
    const count = server.invoices.size;
    expect(outputOf(await call('createInvoice', { customerId: 'cus_123', amount: 100 }, 'run-b'))).toEqual(first);
    expect(server.invoices.size).toBe(count);
  });

  it('goes on where an attempt broke off', async () => {
    server.intercept = (request, response) => {
      if (!request.url.endsWith('/finalize')) return false;
      response.destroy();
      return true;
    };
    const count = server.invoices.size;
    expect(await call('createInvoice', { customerId: 'cus_123', amount: 100 }, 'run-c')).toMatchObject({
      kind: 'failed',
      retryable: true,
      error: { code: 'PROTOCOL_ERROR' },
    });
    server.intercept = () => false;
    expect(outputOf(await call('createInvoice', { customerId: 'cus_123', amount: 100 }, 'run-c'))).toMatchObject({
      total: 100,
      status: 'open',
    });
    expect(server.invoices.size).toBe(count + 1);
  });

  it('has several lines, days until it is due, and amounts in whole units', async () => {
    const items = [
      { amount: 19.99, quantity: 2, description: 'Widget' },
      { amount: 5, description: 'Gadget' },
    ];
    const parameters = {
      customerId: 'cus_123',
      items,
      amountUnit: 'major',
      currency: 'EUR',
      dueDays: 14,
      finalize: false,
    };
    expect(outputOf(await call('createInvoice', parameters))).toMatchObject({
      status: 'draft',
      number: null,
      total: 4498,
    });
    expect(server.requests[0]?.body).toContain('collection_method=send_invoice');
    expect(server.requests[0]?.body).toContain('days_until_due=14');
    expect(server.requests[1]?.body).toContain('amount=3998&currency=eur&description=Widget');
  });

  it('finds its customer by email, and makes one where there is none', async () => {
    const known = { email: 'customer@example.com', amount: 1 };
    expect(outputOf(await call('createInvoice', known))).toMatchObject({ customer: 'cus_123' });
    const fresh = { email: 'new@example.com', name: 'New', amount: 1 };
    const { customer } = outputOf(await call('createInvoice', fresh));
    expect(outputOf(await call('createInvoice', fresh))).toMatchObject({ customer });
    expect(server.customers.get(customer as string)).toMatchObject({ email: 'new@example.com', name: 'New' });
  });

  it.each([
    [{ amount: 1 }, /customerId Required; email Required/],
    [{ customerId: 'cus_123' }, /amount Required; items Required/],
    [{ customerId: 'cus_123', amount: '12' }, /amount must be a number/],
    [{ customerId: 'cus_123', amount: 1, ammount: 2 }, /ammount is not allowed/],
    [{ customerId: 'cus_123', amount: 1, currency: 'dollars' }, /currency must match/],
  ])('refuses %j', async (parameters, message) => {
    expect(await call('createInvoice', parameters as unknown as JsonObject)).toMatchObject({
      kind: 'failed',
      retryable: false,
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
    });
    expect(server.requests).toEqual([]);
  });
});

describe('other operations of stripe', () => {
  it('work too', async () => {
    const { id } = outputOf(await call('createCustomer', { email: 'ann@example.com', name: 'Ann' }));
    expect(outputOf(await call('retrieveCustomer', { customerId: id ?? '' }))).toMatchObject({ id, name: 'Ann' });
    const invoice = outputOf(await call('createInvoice', { customerId: id ?? '', amount: 5 }));
    expect(outputOf(await call('getInvoice', { invoiceId: invoice['id'] ?? '' }))).toEqual(invoice);
    expect(outputOf(await call('listInvoices', { customerId: id ?? '' }))).toEqual({
      data: [invoice],
      has_more: false,
    });
    const payment = outputOf(await call('createPaymentIntent', { amount: 99, customerId: id ?? '' }));
    expect(payment).toMatchObject({ amount: '99', customer: id });
    expect(outputOf(await call('refundPayment', { paymentIntentId: payment['id'] ?? '', amount: 9 }))).toMatchObject({
      amount: '9',
      payment_intent: payment['id'],
    });
  });

  it('test a connection, and tell whose it is', async () => {
    const [connection] = vault.connections as [OpenConnection];
    const signal = AbortSignal.timeout(5_000);
    expect(await connector.connection.test(connection, signal)).toEqual({ ok: true, externalAccountId: 'acct_123' });
    const wrong = { ...connection, credentials: { apiKey: 'sk_test_wrong_key' } };
    expect(await connector.connection.test(wrong, signal)).toMatchObject({ ok: false, message: /Invalid API Key/ });
  });
});

describe("Stripe's errors", () => {
  const error = (message: string, code?: string) => ({ error: { type: 'api_error', message, ...(code && { code }) } });

  it.each([
    [429, {}, { 'retry-after': '7' }, { retryable: true, retryAfterMs: 7000 }],
    [500, {}, {}, { retryable: true }],
    [500, {}, { 'stripe-should-retry': 'false' }, { retryable: false }],
    [409, {}, {}, { retryable: true }],
    [402, {}, {}, { retryable: false }],
    [403, {}, {}, { retryable: false }],
  ])('%i %j %j mean %j', async (status, _body, headers, expected) => {
    server.intercept = answering(status, error('no', 'some_code'), headers);
    expect(await call('createInvoice', { customerId: 'cus_123', amount: 1 })).toMatchObject({
      kind: 'failed',
      error: { code: 'INTEGRATION_ERROR', message: 'Stripe: no (some_code)' },
      ...expected,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('names what there is not', async () => {
    expect(await call('createInvoice', { customerId: 'cus_none', amount: 1 })).toMatchObject({
      error: { code: 'INTEGRATION_ERROR', message: "Stripe: No such customer: 'cus_none' (resource_missing)" },
      retryable: false,
    });
  });

  it('401 renews the connection once', async () => {
    vault.add({
      provider: 'stripe',
      name: 'expired',
      credentials: { accessToken: 'expired-access-token' },
      settings: { apiBase: server.url },
      next: { accessToken: server.apiKey },
    });
    const operation = connector.operations.find(({ name }) => name === 'getInvoice')!;
    const [invoice] = server.invoices.keys();
    const step = { connector, operation, parameters: { invoiceId: invoice ?? '' }, connection: 'expired' };
    expect(await callOperation(vault, step, aContext())).toMatchObject({ kind: 'done', output: { id: invoice } });
    vault.connections.pop();
  });

  it('401 without a way to renew is a CONNECTION_ERROR', async () => {
    server.intercept = answering(401, error('Invalid API Key provided'));
    expect(await call('getInvoice', { invoiceId: 'in_1' })).toMatchObject({
      error: {
        code: 'CONNECTION_ERROR',
        message: expect.stringMatching(/refuses the credentials of the connection "stripe 1"/),
      },
      retryable: false,
    });
  });

  it('an address that may not be reached is not asked', async () => {
    const strict = new StripeConnector(createSafeHttp());
    const [operation] = strict.operations;
    const step = {
      connector: strict,
      operation: operation!,
      parameters: { customerId: 'c', amount: 1 },
      connection: null,
    };
    expect(await callOperation(vault, step, aContext())).toMatchObject({
      error: { code: 'BLOCKED_ADDRESS' },
      retryable: false,
    });
    expect(server.requests).toEqual([]);
  });
});
