import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMPLETE_EXAMPLE } from '../factories/complete-example.js';
import { aConnection } from '../factories/connection.js';
import { aWorkflow, type WorkflowBody } from '../factories/workflow.js';
import { type ApiClient, type RunDto, whenOver } from '../support/api.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { startStripeServer, type StripeServer } from '../support/stripe-server.js';
import { ENCRYPTION_KEY, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const ORDER = {
  customerId: 'cus_123',
  customerEmail: 'customer@example.com',
  items: [
    { productId: 'widget', quantity: 2, price: 1999 },
    { productId: 'gadget', quantity: 1, price: 500 },
  ],
};
const LOGIN = { username: 'mailer', password: 'canary-smtp-password' };
const ENV = {
  ENCRYPTION_KEY,
  OUTBOUND_ALLOW: '127.0.0.0/8',
  LOG_LEVEL: 'trace',
  RUN_LEASE_MS: '1000',
  SWEEP_INTERVAL_MS: '200',
};

let bed: TestBed;
let api: ApiClient;
let stripe: StripeServer;
let smtp: MailServer;

beforeAll(async () => {
  [stripe, smtp] = [await startStripeServer(), await startMailServer(LOGIN)];
  bed = await openTestBed('example', { role: 'api', env: ENV });
});
afterAll(async () => {
  await bed.close();
  await Promise.all([stripe.close(), smtp.close()]);
});
beforeEach(async () => {
  ({ api } = await bed.guest());
  stripe.intercept = () => false;
  smtp.refuse = () => undefined;
  stripe.requests.length = smtp.mails.length = 0;
  stripe.invoices.clear();
});

const worker = (env: Record<string, string> = {}): Promise<ServerProcess> =>
  startServer({ databaseUrl: bed.databaseUrl, role: 'worker', env: { ...ENV, ...env } });

async function connect(): Promise<void> {
  await aConnection(api, 'stripe', { apiKey: stripe.apiKey }, { apiBase: stripe.url });
  const settings = { host: '127.0.0.1', port: smtp.port, from: 'Shop <orders@example.com>' };
  await aConnection(api, 'email', LOGIN, settings);
}

async function start(body: WorkflowBody = COMPLETE_EXAMPLE): Promise<string> {
  const { id } = await aWorkflow(api, body);
  const answer = await api.post<{ runId: string }>(`/api/v1/workflows/${id}/run`, { input: ORDER });
  expect(answer.status, answer.text).toBe(202);
  return answer.body.runId;
}

const step = (run: RunDto, id: string) => run.steps.find((known) => known.id === id);

describe('the complete example of contract 001', () => {
  it('runs whole: totals, an invoice, and the mail that tells its number', async () => {
    await connect();
    const crew = await worker();
    const run = await whenOver(api, await start());
    expect(run, JSON.stringify(run.error)).toMatchObject({ status: 'completed' });
    expect(step(run, 'calculate-total')?.output).toEqual({ subtotal: 4498, tax: 359.84, total: 4857.84 });
    const invoice = step(run, 'create-invoice')?.output as { id: string; number: string };
    expect(invoice).toMatchObject({
      status: 'open',
      customer: 'cus_123',
      total: 4858,
      metadata: { source: 'api-order' },
    });
    expect([...stripe.invoices.keys()]).toEqual([invoice.id]);
    expect(smtp.mails).toMatchObject([
      {
        recipients: ['customer@example.com'],
        sender: 'orders@example.com',
        user: 'mailer',
        mail: {
          subject: `Order Confirmed - Invoice #${invoice.number}`,
          html: expect.stringContaining('<p>Thank you for your order!</p><p>Total: $4857.84</p>'),
        },
      },
    ]);
    const { messageId } = smtp.mails[0]?.mail ?? {};
    expect(messageId).toBe(`<${run.id.slice(4)}.send-confirmation@example.com>`);
    expect(step(run, 'send-confirmation')?.output).toEqual({
      messageId,
      accepted: ['customer@example.com'],
      rejected: [],
    });
    await crew.stop();
  });

  it('makes one invoice where the worker dies between Stripe and the journal', async () => {
    await connect();
    const first = await worker();
    // Stripe has done it, and nobody hears of it.
    stripe.intercept = (request) => {
      if (!request.url.endsWith('/finalize') || first.process.killed) return false;
      first.process.kill('SIGKILL');
      return false;
    };
    const id = await start();
    await until(() => first.process.signalCode === 'SIGKILL');
    const second = await worker();
    const run = await whenOver(api, id, 25_000);
    expect(run, JSON.stringify(run.error)).toMatchObject({ status: 'completed' });
    expect(stripe.invoices.size).toBe(1);
    expect(step(run, 'create-invoice')?.output).toMatchObject({ id: [...stripe.invoices.keys()][0], total: 4858 });
    const finalized = stripe.requests.filter(({ url }) => url.endsWith('/finalize'));
    expect(finalized.map(({ headers }) => headers['idempotency-key'])).toEqual(
      Array(2).fill(`${id.slice(4)}:create-invoice:finalize`),
    );
    expect(smtp.mails).toHaveLength(1);
    await second.stop();
  });

  it('fails at an invoice that Stripe refuses the key for, and shows no secret, whatever the others repeat', async () => {
    await aConnection(api, 'stripe', { apiKey: 'sk_test_canary_wrong_key' }, { apiBase: stripe.url });
    const settings = { host: '127.0.0.1', port: smtp.port, from: 'orders@example.com' };
    await aConnection(api, 'email', { ...LOGIN, password: 'canary-wrong-password' }, settings);
    const crew = await worker();
    const [charge, send] = COMPLETE_EXAMPLE.steps.slice(1).map((body) => ({ ...body, onError: 'continue' }));
    const id = await start({ ...COMPLETE_EXAMPLE, steps: [COMPLETE_EXAMPLE.steps[0]!, charge!, send!] });
    const run = await whenOver(api, id);
    expect(step(run, 'create-invoice')?.error).toMatchObject({
      code: 'CONNECTION_ERROR',
      message: expect.stringMatching(/Invalid API Key provided: \[redacted\]/),
    });
    expect(step(run, 'send-confirmation')?.error).toMatchObject({
      code: 'CONNECTION_ERROR',
      message: expect.stringMatching(/535 no login for mailer with \[redacted\]/),
    });
    const events = await api.get(`/api/v1/runs/${id}/events`);
    for (const text of [JSON.stringify(run), events.text, bed.server.output(), crew.output()]) {
      expect(text).not.toMatch(/canary/);
    }
    await crew.stop();
  });

  it('goes on after the mail server was busy', async () => {
    await connect();
    let asked = 0;
    smtp.refuse = () => (++asked === 1 ? { code: 451, message: 'busy' } : undefined);
    const crew = await worker();
    const retry = { maxAttempts: 3, initialDelayMs: 1 };
    const steps = COMPLETE_EXAMPLE.steps.map((body) => ({ ...body, retry }));
    const run = await whenOver(api, await start({ ...COMPLETE_EXAMPLE, steps }));
    expect(step(run, 'send-confirmation')).toMatchObject({ status: 'completed', attempt: 2 });
    expect(smtp.mails).toHaveLength(1);
    await crew.stop();
  });
});
