import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { startTarget, type Target, type TargetRequest } from './http-target.js';

type Fields = Record<string, unknown>;
type Stored = Fields & { id: string };

/** An answer of the API. */
interface Reply {
  status: number;
  body: Fields;
}

/**
 * The part of Stripe's API that the connector calls, as its reference documents it: authentication, form bodies, idempotency keys that are
 * replayed and refuse other parameters, error objects, drafts that take lines until they are finalized.
 */
export interface StripeServer extends Target {
  apiKey: string;
  invoices: Map<string, Stored>;
  items: Map<string, Stored>;
  customers: Map<string, Stored>;
  /** Answers before the API does; undefined lets it. */
  intercept: (request: TargetRequest, response: ServerResponse) => boolean;
}

export async function startStripeServer(apiKey = `sk_test_${randomBytes(12).toString('hex')}`): Promise<StripeServer> {
  const api = new Api(apiKey);
  const state = { intercept: (_request: TargetRequest, _response: ServerResponse): boolean => false };
  const target = await startTarget((request, response) => {
    if (state.intercept(request, response)) return;
    const { status, body, headers } = api.answer(request);
    response.writeHead(status, {
      'content-type': 'application/json',
      'request-id': `req_${randomBytes(6).toString('hex')}`,
      ...headers,
    });
    response.end(JSON.stringify(body));
  });
  return Object.assign(state, target, { apiKey, invoices: api.invoices, items: api.items, customers: api.customers });
}

class Api {
  readonly invoices = new Map<string, Stored>();
  readonly items = new Map<string, Stored>();
  readonly customers = new Map<string, Stored>([
    ['cus_123', { id: 'cus_123', object: 'customer', email: 'customer@example.com' }],
  ]);
  private readonly others = new Map<string, Stored>();
  private readonly replayed = new Map<string, { request: string; reply: Reply }>();

  constructor(private readonly apiKey: string) {}

  answer(request: TargetRequest): Reply & { headers: Record<string, string> } {
    const plain = (reply: Reply) => ({ ...reply, headers: {} });
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) {
      const message = `Invalid API Key provided: ${request.headers.authorization?.slice(7) ?? ''}`;
      return plain({ status: 401, body: { error: { type: 'invalid_request_error', message } } });
    }
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || typeof key !== 'string') return plain(this.perform(request));
    const said = `${request.url} ${request.body}`;
    const known = this.replayed.get(key);
    if (known && known.request !== said) {
      const message =
        'Keys for idempotent requests can only be used with the same parameters they were first used with.';
      return plain({ status: 400, body: { error: { type: 'idempotency_error', message } } });
    }
    if (known) return { ...known.reply, headers: { 'idempotent-replayed': 'true' } };
    const reply = this.perform(request);
    if (reply.status < 500) this.replayed.set(key, { request: said, reply });
    return plain(reply);
  }

  private perform({ method, url, body }: TargetRequest): Reply {
    const { pathname, searchParams } = new URL(url, 'http://stripe');
    const fields = parseForm(method === 'POST' ? body : searchParams.toString());
    const [, , resource = '', id = '', action] = pathname.split('/');
    if (method === 'POST' && resource === 'invoices' && action === 'finalize') return this.finalize(id);
    if (method === 'POST' && id === '') return this.create(resource, fields);
    if (method === 'GET' && resource === 'account') return ok({ id: 'acct_123', object: 'account' });
    if (method === 'GET' && id === '') return ok(this.list(resource, fields));
    const found = this.collection(resource).get(id);
    return found ? ok(found) : missing(resource.slice(0, -1), id);
  }

  private collection(resource: string): Map<string, Stored> {
    return { invoices: this.invoices, invoiceitems: this.items, customers: this.customers }[resource] ?? this.others;
  }

  private create(resource: string, fields: Fields): Reply {
    const { customer, invoice } = fields as Record<string, string | undefined>;
    if (customer !== undefined && !this.customers.has(customer)) return missing('customer', customer);
    if (resource === 'invoices' && customer === undefined)
      return invalid('Missing required param: customer.', 'customer');
    if (resource === 'invoiceitems') {
      const draft = this.invoices.get(invoice ?? '');
      if (!draft) return missing('invoice', invoice ?? '');
      if (draft['status'] !== 'draft') return invalid('This invoice is no longer editable', 'invoice');
      if (!/^-?\d+$/.test(String(fields['amount']))) return invalid('Invalid integer: amount', 'amount');
      const total = Number(draft['total']) + Number(fields['amount']);
      Object.assign(draft, { subtotal: total, total, amount_due: total });
    }
    const object = {
      id: `${PREFIXES[resource] ?? 'obj'}_${randomBytes(8).toString('hex')}`,
      created: 1_790_000_000,
      ...fields,
    };
    const stored: Stored =
      resource === 'invoices'
        ? {
            ...object,
            object: 'invoice',
            status: 'draft',
            number: null,
            subtotal: 0,
            total: 0,
            amount_due: 0,
            amount_paid: 0,
          }
        : { ...object, object: resource.slice(0, -1), status: 'succeeded' };
    this.collection(resource).set(stored.id, stored);
    return ok({ ...stored });
  }

  private finalize(id: string): Reply {
    const invoice = this.invoices.get(id);
    if (!invoice) return missing('invoice', id);
    if (invoice['status'] !== 'draft')
      return invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
    const number = `INV-${String([...this.invoices.values()].filter((other) => other['number'] !== null).length + 1).padStart(4, '0')}`;
    Object.assign(invoice, { status: 'open', number, hosted_invoice_url: `https://invoice.stripe.com/i/${id}` });
    return ok({ ...invoice });
  }

  private list(resource: string, { limit = '10', ...filters }: Fields): Fields {
    const data = [...this.collection(resource).values()].filter((item) =>
      Object.entries(filters).every(([name, value]) => item[name] === value),
    );
    return {
      object: 'list',
      data: data.slice(0, Number(limit)),
      has_more: data.length > Number(limit),
      url: `/v1/${resource}`,
    };
  }
}

const PREFIXES: Record<string, string> = {
  customers: 'cus',
  invoices: 'in',
  invoiceitems: 'ii',
  payment_intents: 'pi',
  refunds: 're',
};

const ok = (body: Fields): Reply => ({ status: 200, body });

const invalid = (message: string, param?: string, code?: string): Reply => ({
  status: 400,
  body: { error: { type: 'invalid_request_error', message, ...(param && { param }), ...(code && { code }) } },
});

const missing = (what: string, id: string): Reply => invalid(`No such ${what}: '${id}'`, what, 'resource_missing');

/** `metadata[source]=x` as `{metadata: {source: 'x'}}`. */
function parseForm(body: string): Fields {
  const fields: Fields = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const [, outer = '', inner] = /^([^[]+)(?:\[([^\]]+)\])?$/.exec(name) ?? [];
    if (inner === undefined) fields[outer] = value;
    else fields[outer] = { ...(fields[outer] as Fields), [inner]: value };
  }
  return fields;
}
