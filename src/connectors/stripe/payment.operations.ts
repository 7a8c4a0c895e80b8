import type { Operation } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import type { SafeHttp } from '#libs/safe-http';
import type { Stripe } from 'stripe';
import { type AmountUnit, toSmallestUnit } from './amounts.js';
import {
  AMOUNT,
  AMOUNT_UNIT,
  CURRENCY,
  CUSTOMER_ID,
  DESCRIPTION,
  EMAIL,
  METADATA,
  PAYMENT_INTENT,
  REFUND,
} from './schemas.js';
import { given, pick, stripeOperation, toMetadata } from './stripe-operation.js';

interface CreatePaymentIntent {
  amount: number;
  amountUnit: AmountUnit;
  currency: string;
  customerId?: string;
  paymentMethodId?: string;
  confirm: boolean;
  offSession?: boolean;
  receiptEmail?: string;
  description?: string;
  metadata?: JsonObject;
}

const createPaymentIntent = (http: SafeHttp): Operation =>
  stripeOperation<CreatePaymentIntent>(http, {
    name: 'createPaymentIntent',
    description: 'Creates a payment intent; with `confirm` and a payment method it charges at once.',
    properties: {
      amount: AMOUNT,
      amountUnit: AMOUNT_UNIT,
      currency: CURRENCY,
      customerId: CUSTOMER_ID,
      paymentMethodId: { type: 'string', description: 'Id of the payment method to charge.' },
      confirm: { type: 'boolean', default: false, description: 'Whether to charge at once.' },
      offSession: { type: 'boolean', description: 'With `confirm`: the payer is not there to be asked for anything.' },
      receiptEmail: { ...EMAIL, description: 'Where Stripe sends the receipt.' },
      description: DESCRIPTION,
      metadata: METADATA,
    },
    rules: { required: ['amount'] },
    output: PAYMENT_INTENT,
    example: { amount: 9900, currency: 'usd', customerId: 'cus_NffrFeUfNV2Hib' },
    work: async (stripe, parameters, key) => {
      const { customerId, paymentMethodId, confirm, offSession, receiptEmail, description, metadata } = parameters;
      const currency = parameters.currency.toLowerCase();
      const members = given({
        amount: toSmallestUnit(parameters.amount, currency, parameters.amountUnit),
        currency,
        customer: customerId,
        payment_method: paymentMethodId,
        confirm,
        off_session: offSession,
        receipt_email: receiptEmail,
        description,
        metadata: toMetadata(metadata),
        // Methods that lead the payer to another page need a page to return to, which a workflow does not have.
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const },
      });
      return pick(await stripe.paymentIntents.create(members, key('payment-intent')), Object.keys(PAYMENT_INTENT));
    },
  });

interface RefundPayment {
  paymentIntentId?: string;
  chargeId?: string;
  amount?: number;
  amountUnit: AmountUnit;
  currency: string;
  reason?: Stripe.RefundCreateParams.Reason;
  metadata?: JsonObject;
}

const refundPayment = (http: SafeHttp): Operation =>
  stripeOperation<RefundPayment>(http, {
    name: 'refundPayment',
    description: 'Refunds a payment, in whole or in part.',
    properties: {
      paymentIntentId: { type: 'string', minLength: 1, description: 'Payment intent to refund.' },
      chargeId: { type: 'string', minLength: 1, description: 'Charge to refund.' },
      amount: { ...AMOUNT, description: `How much; all that is left by default. ${AMOUNT.description}` },
      amountUnit: AMOUNT_UNIT,
      currency: { ...CURRENCY, description: 'Currency of the payment, for amounts in "major" units.' },
      reason: { enum: ['duplicate', 'fraudulent', 'requested_by_customer'], description: 'Why.' },
      metadata: METADATA,
    },
    rules: { anyOf: [{ required: ['paymentIntentId'] }, { required: ['chargeId'] }] },
    output: REFUND,
    example: { paymentIntentId: 'pi_3MtwBwLkdIwHu7ix28a3tqPa', amount: 500 },
    work: async (stripe, { paymentIntentId, chargeId, amount, amountUnit, currency, reason, metadata }, key) => {
      const members = given({
        payment_intent: paymentIntentId,
        charge: chargeId,
        amount: amount === undefined ? undefined : toSmallestUnit(amount, currency.toLowerCase(), amountUnit),
        reason,
        metadata: toMetadata(metadata),
      });
      return pick(await stripe.refunds.create(members, key('refund')), Object.keys(REFUND));
    },
  });

export const paymentOperations = (http: SafeHttp): Operation[] => [createPaymentIntent(http), refundPayment(http)];
