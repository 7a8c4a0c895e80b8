import { Decimal } from 'decimal.js';
import type { Operation } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import type { SafeHttp } from '#libs/safe-http';
import type { Stripe } from 'stripe';
import { type AmountUnit, toSmallestUnit } from './amounts.js';
import { AMOUNT, AMOUNT_UNIT, CURRENCY, CUSTOMER_ID, DESCRIPTION, EMAIL, INVOICE, METADATA, NAME } from './schemas.js';
import { given, pick, stripeOperation, toMetadata } from './stripe-operation.js';

interface CreateInvoice {
  customerId?: string;
  email?: string;
  name?: string;
  amount?: number;
  items?: { amount: number; quantity?: number; description?: string }[];
  amountUnit: AmountUnit;
  currency: string;
  description?: string;
  metadata?: JsonObject;
  collectionMethod?: 'charge_automatically' | 'send_invoice';
  dueDays?: number;
  autoAdvance?: boolean;
  finalize: boolean;
}

type Key = (request: string) => Stripe.RequestOptions;

const LINES = {
  type: 'array',
  minItems: 1,
  maxItems: 250,
  description: 'Lines of the invoice, beside `amount`.',
  items: {
    type: 'object',
    required: ['amount'],
    additionalProperties: false,
    properties: {
      amount: { ...AMOUNT, description: 'Price of one, in the unit of `amountUnit`.' },
      quantity: { type: 'integer', minimum: 1, description: 'How many; 1 by default.' },
      description: { type: 'string', description: 'What it is for.' },
    },
  },
};

const createInvoice = (http: SafeHttp): Operation =>
  stripeOperation<CreateInvoice>(http, {
    name: 'createInvoice',
    description:
      'Creates an invoice for a customer, with its lines, and finalizes it so that it has a number and can be paid.',
    properties: {
      customerId: {
        ...CUSTOMER_ID,
        description: 'Customer, by its id at Stripe. Without it `email` finds or makes one.',
      },
      email: {
        ...EMAIL,
        description: 'Without `customerId`: the customer with this email address, made if there is none.',
      },
      name: { ...NAME, description: 'Name of a customer that is made.' },
      amount: { ...AMOUNT, description: `One line of the invoice. ${AMOUNT.description}` },
      items: LINES,
      amountUnit: AMOUNT_UNIT,
      currency: CURRENCY,
      description: { ...DESCRIPTION, description: 'Text on the invoice, and of the line of `amount`.' },
      metadata: METADATA,
      collectionMethod: {
        enum: ['charge_automatically', 'send_invoice'],
        description:
          'Charge the default payment method, or let the customer pay; `send_invoice` if `dueDays` is given, else Stripe charges.',
      },
      dueDays: {
        type: 'integer',
        minimum: 0,
        description: 'Days until the invoice is due, for `send_invoice`; 30 by default.',
      },
      autoAdvance: {
        type: 'boolean',
        description: 'Whether Stripe collects the payment and reminds by itself; it does not by default.',
      },
      finalize: { type: 'boolean', default: true, description: 'False leaves a draft without a number.' },
    },
    rules: {
      allOf: [
        { anyOf: [{ required: ['customerId'] }, { required: ['email'] }] },
        { anyOf: [{ required: ['amount'] }, { required: ['items'] }] },
      ],
    },
    output: INVOICE,
    example: { customerId: 'cus_NffrFeUfNV2Hib', amount: 9900, currency: 'usd', metadata: { source: 'api-order' } },
    work: async (stripe, parameters, key) => {
      const customer = parameters.customerId ?? (await findOrCreateCustomer(stripe, parameters, key));
      const draft = await stripe.invoices.create(invoiceOf(customer, parameters), key('invoice'));
      const lines = linesOf(parameters).map((line) => ({ ...line, customer, invoice: draft.id }));
      for (const [index, line] of lines.entries()) await stripe.invoiceItems.create(line, key(`item:${index}`));
      const invoice = parameters.finalize
        ? await stripe.invoices.finalizeInvoice(draft.id, {}, key('finalize'))
        : await stripe.invoices.retrieve(draft.id);
      return pick(invoice, Object.keys(INVOICE));
    },
  });

/** Looked for first: a customer that an earlier attempt made is found again after Stripe has forgotten its key. */
async function findOrCreateCustomer(stripe: Stripe, { email, name }: CreateInvoice, key: Key): Promise<string> {
  const address = email ?? '';
  const known = await stripe.customers.list({ email: address, limit: 1 });
  const customer = known.data[0] ?? (await stripe.customers.create(given({ email: address, name }), key('customer')));
  return customer.id;
}

/** Only the lines of this step go into the invoice, not what else is pending for the customer. */
function invoiceOf(customer: string, parameters: CreateInvoice): Stripe.InvoiceCreateParams {
  const { collectionMethod, dueDays, currency, description, metadata, autoAdvance } = parameters;
  const method = collectionMethod ?? (dueDays === undefined ? 'charge_automatically' : 'send_invoice');
  return given({
    customer,
    currency: currency.toLowerCase(),
    description,
    metadata: toMetadata(metadata),
    collection_method: method,
    days_until_due: method === 'send_invoice' ? (dueDays ?? 30) : undefined,
    auto_advance: autoAdvance ?? false,
    pending_invoice_items_behavior: 'exclude' as const,
  });
}

function linesOf({ amount, items = [], amountUnit, currency: code, description }: CreateInvoice) {
  const currency = code.toLowerCase();
  const all = amount === undefined ? items : [given({ amount, description, quantity: undefined }), ...items];
  return all.map((line) =>
    given({
      amount: toSmallestUnit(new Decimal(line.amount).times(line.quantity ?? 1), currency, amountUnit),
      currency,
      description: line.description,
    }),
  );
}

const getInvoice = (http: SafeHttp): Operation =>
  stripeOperation<{ invoiceId: string }>(http, {
    name: 'getInvoice',
    description: 'Reads an invoice.',
    properties: { invoiceId: { type: 'string', minLength: 1, description: 'Id of the invoice.' } },
    rules: { required: ['invoiceId'] },
    output: INVOICE,
    example: { invoiceId: 'in_1MtHbELkdIwHu7ixl4OzzPMv' },
    work: async (stripe, { invoiceId }) => pick(await stripe.invoices.retrieve(invoiceId), Object.keys(INVOICE)),
  });

const listInvoices = (http: SafeHttp): Operation =>
  stripeOperation<{
    customerId?: string;
    status?: Stripe.InvoiceListParams.Status;
    limit: number;
    startingAfter?: string;
  }>(http, {
    name: 'listInvoices',
    description: 'Lists invoices, newest first.',
    properties: {
      customerId: { ...CUSTOMER_ID, description: 'Only invoices of this customer.' },
      status: {
        enum: ['draft', 'open', 'paid', 'uncollectible', 'void'],
        description: 'Only invoices in this status.',
      },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 10, description: 'How many.' },
      startingAfter: { type: 'string', description: 'Id of the last invoice of the page before.' },
    },
    output: {
      data: { type: 'array', description: 'The invoices.', items: { type: 'object', properties: INVOICE } },
      has_more: { type: 'boolean', description: 'Whether there are more.' },
    },
    example: { customerId: 'cus_NffrFeUfNV2Hib', status: 'open' },
    work: async (stripe, { customerId, status, limit, startingAfter }) => {
      const page = await stripe.invoices.list(
        given({ customer: customerId, status, limit, starting_after: startingAfter }),
      );
      return { data: page.data.map((invoice) => pick(invoice, Object.keys(INVOICE))), has_more: page.has_more };
    },
  });

export const invoiceOperations = (http: SafeHttp): Operation[] =>
  [createInvoice, getInvoice, listInvoices].map((make) => make(http));
