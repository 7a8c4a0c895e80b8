import type { Operation } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import type { SafeHttp } from '#libs/safe-http';
import { CUSTOMER, CUSTOMER_ID, DESCRIPTION, EMAIL, METADATA, NAME } from './schemas.js';
import { given, pick, stripeOperation, toMetadata } from './stripe-operation.js';

interface CreateCustomer {
  email?: string;
  name?: string;
  phone?: string;
  description?: string;
  metadata?: JsonObject;
}

const createCustomer = (http: SafeHttp): Operation =>
  stripeOperation<CreateCustomer>(http, {
    name: 'createCustomer',
    description: 'Creates a customer.',
    properties: {
      email: EMAIL,
      name: NAME,
      phone: { type: 'string', description: "The customer's telephone number." },
      description: DESCRIPTION,
      metadata: METADATA,
    },
    output: CUSTOMER,
    example: { email: 'ann@example.com', name: 'Ann Example' },
    work: async (stripe, { email, name, phone, description, metadata }, key) => {
      const members = given({ email, name, phone, description, metadata: toMetadata(metadata) });
      return pick(await stripe.customers.create(members, key('customer')), Object.keys(CUSTOMER));
    },
  });

const retrieveCustomer = (http: SafeHttp): Operation =>
  stripeOperation<{ customerId: string }>(http, {
    name: 'retrieveCustomer',
    description: 'Reads a customer.',
    properties: { customerId: CUSTOMER_ID },
    rules: { required: ['customerId'] },
    output: { ...CUSTOMER, deleted: { type: ['boolean', 'null'], description: 'True: the customer was deleted.' } },
    example: { customerId: 'cus_NffrFeUfNV2Hib' },
    work: async (stripe, { customerId }) =>
      pick(await stripe.customers.retrieve(customerId), [...Object.keys(CUSTOMER), 'deleted']),
  });

export const customerOperations = (http: SafeHttp): Operation[] => [createCustomer(http), retrieveCustomer(http)];
