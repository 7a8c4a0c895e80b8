import type { Operation, OperationCall } from '#libs/connector-kit';
import { networkFailure } from '#libs/http-exchange';
import type { Json, JsonObject } from '#libs/json-guard';
import { type SafeHttp, SafeHttpError } from '#libs/safe-http';
import type { Stripe } from 'stripe';
import { stripeClient } from './stripe-client.js';
import { stripeFailure } from './stripe-failure.js';

/** An operation, told by what it asks of Stripe. */
export interface StripeWork<Parameters> extends Pick<Operation, 'name' | 'description' | 'example'> {
  /** Properties of the parameters; `required` and rules across them beside. */
  properties: JsonObject;
  rules?: JsonObject;
  output: JsonObject;
  /** @param key makes the idempotency key of one request of the step */
  work(stripe: Stripe, parameters: Parameters, key: (request: string) => Stripe.RequestOptions): Promise<JsonObject>;
}

export function stripeOperation<Parameters>(http: SafeHttp, given: StripeWork<Parameters>): Operation {
  const { name, description, example, properties, rules, output } = given;
  return {
    name,
    description,
    example,
    parameters: { type: 'object', properties, ...rules, additionalProperties: false },
    output: { type: 'object', properties: output },
    run: (call) => run(http, call, (stripe, key) => given.work(stripe, encodable(call.parameters) as Parameters, key)),
  };
}

/** Halves of surrogate pairs, which templates make when they cut text, have no form in a URL. */
const encodable = (parameters: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(parameters), (_name, value: Json) =>
    typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\ufffd') : value,
  ) as JsonObject;

async function run(
  http: SafeHttp,
  { connection, signal, idempotencyKey, now }: OperationCall,
  work: (stripe: Stripe, key: (request: string) => Stripe.RequestOptions) => Promise<JsonObject>,
): ReturnType<Operation['run']> {
  if (!connection) return { kind: 'refused', message: 'Stripe needs a connection' };
  const { Stripe } = await import('stripe');
  try {
    const stripe = await stripeClient(http, connection, signal);
    const output = await work(stripe, (request) => ({ idempotencyKey: `${idempotencyKey}:${request}` }));
    return { kind: 'done', output };
  } catch (error) {
    if (error instanceof SafeHttpError) return networkFailure(error);
    if (error instanceof Stripe.errors.StripeError) return stripeFailure(error, now());
    throw error;
  }
}

/** Members of a Stripe object by name; one that is not there is null, and an expanded object is its id. */
export function pick(object: object, names: readonly string[]): JsonObject {
  const members = object as Record<string, Json | undefined>;
  return Object.fromEntries(names.map((name) => [name, idOf(members[name])]));
}

function idOf(value: Json | undefined): Json {
  const id = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['id'] : undefined;
  return id ?? value ?? null;
}

/** Metadata as Stripe takes it: texts. */
export function toMetadata(metadata: JsonObject | undefined): Record<string, string> {
  const given = Object.entries(metadata ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Only the members that are given: the SDK sends an undefined one as empty. */
export const given = <T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
