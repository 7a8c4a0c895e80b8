import type { JsonObject } from '#libs/json-guard';

/** Parameters and outputs that several operations share. */

export const CUSTOMER_ID = {
  type: 'string',
  minLength: 1,
  description: 'Customer, by its id at Stripe.',
  examples: ['cus_NffrFeUfNV2Hib'],
};

export const AMOUNT = {
  type: 'number',
  description:
    'Amount. In the smallest unit of the currency (cents) unless `amountUnit` is "major"; what is left of a smallest unit is rounded half up.',
  examples: [9900],
};

export const AMOUNT_UNIT = {
  enum: ['minor', 'major'],
  default: 'minor',
  description:
    '`minor`: amounts count the smallest unit of the currency (9900 is $99). `major`: the currency itself (99.00 is $99).',
};

export const CURRENCY = {
  type: 'string',
  pattern: '^[A-Za-z]{3}$',
  default: 'usd',
  description: 'Three-letter ISO currency code.',
};

export const EMAIL = { type: 'string', minLength: 3, description: "The customer's email address." };
export const NAME = { type: 'string', minLength: 1, description: "The customer's name." };
export const DESCRIPTION = { type: 'string', description: 'Text for whoever sees it.' };

export const METADATA = {
  type: 'object',
  maxProperties: 50,
  description: 'Names and values to keep with the object at Stripe; values become texts.',
  examples: [{ source: 'api-order' }],
};

const text = (description: string): JsonObject => ({ type: ['string', 'null'], description });
const count = (description: string): JsonObject => ({ type: ['integer', 'null'], description });

export const INVOICE: JsonObject = {
  id: text('Id of the invoice.'),
  number: text('Number of the invoice, for people; null until it is finalized.'),
  status: text('draft, open, paid, uncollectible or void.'),
  customer: text('Id of the customer.'),
  customer_email: text("The customer's email address."),
  currency: text('Three-letter currency code.'),
  subtotal: count('Before discounts and tax, in the smallest unit.'),
  total: count('After discounts and tax, in the smallest unit.'),
  amount_due: count('To be paid, in the smallest unit.'),
  amount_paid: count('Paid, in the smallest unit.'),
  description: text('Text on the invoice.'),
  due_date: count('Unix time.'),
  created: count('Unix time.'),
  hosted_invoice_url: text('Page on which the customer can pay.'),
  invoice_pdf: text('Address of the PDF.'),
  metadata: { type: ['object', 'null'], description: 'Names and values kept with the invoice.' },
};

export const CUSTOMER: JsonObject = {
  id: text('Id of the customer.'),
  email: text('Email address.'),
  name: text('Name.'),
  phone: text('Telephone number.'),
  description: text('Text about the customer.'),
  currency: text('Currency of the invoices.'),
  balance: count('What is owed to, or by, the customer, in the smallest unit.'),
  created: count('Unix time.'),
  metadata: { type: ['object', 'null'], description: 'Names and values kept with the customer.' },
};

export const PAYMENT_INTENT: JsonObject = {
  id: text('Id of the payment intent.'),
  status: text('requires_payment_method, requires_confirmation, requires_action, processing, succeeded …'),
  amount: count('In the smallest unit.'),
  amount_received: count('In the smallest unit.'),
  currency: text('Three-letter currency code.'),
  customer: text('Id of the customer.'),
  payment_method: text('Id of the payment method.'),
  latest_charge: text('Id of the charge.'),
  client_secret: text('Lets a browser complete the payment; for nobody but the payer.'),
  description: text('Text about the payment.'),
  created: count('Unix time.'),
  metadata: { type: ['object', 'null'], description: 'Names and values kept with the payment intent.' },
};

export const REFUND: JsonObject = {
  id: text('Id of the refund.'),
  status: text('pending, requires_action, succeeded, failed or canceled.'),
  amount: count('In the smallest unit.'),
  currency: text('Three-letter currency code.'),
  payment_intent: text('Id of the payment intent.'),
  charge: text('Id of the charge.'),
  reason: text('Why.'),
  created: count('Unix time.'),
  metadata: { type: ['object', 'null'], description: 'Names and values kept with the refund.' },
};
