import { createHmac } from 'node:crypto';
import { sign as signGitHub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { type SignedRequest, type Verification, verifyWebhook } from './index.js';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const SECONDS = NOW / 1000;
const BODY = '{"id":"evt_1","amount":4857.84,"name":"Zoë"}';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

type Headers = Record<string, string>;

/** A scheme, and a sender that follows it as its vendor's own library does, or where there is none, as its vendor documents. */
interface Sender {
  verification: Verification;
  sign: (body: string, at: number, secret: string) => Headers | Promise<Headers>;
  signature: string;
  timestamp?: string;
}

const hmac = (algorithm: string, secret: string, text: string, encoding: 'hex' | 'base64') =>
  createHmac(algorithm, secret).update(text).digest(encoding);

const SENDERS: Record<string, Sender> = {
  github: {
    verification: { scheme: 'github' },
    sign: async (body, _at, secret) => ({ 'x-hub-signature-256': await signGitHub(secret, body) }),
    signature: 'x-hub-signature-256',
  },
  stripe: {
    verification: { scheme: 'stripe' },
    sign: (payload, timestamp, secret) => ({
      'stripe-signature': new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    }),
    signature: 'stripe-signature',
  },
  slack: {
    verification: { scheme: 'slack' },
    sign: (body, at, secret) => ({
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${hmac('sha256', secret, `v0:${at}:${body}`, 'hex')}`,
    }),
    signature: 'x-slack-signature',
    timestamp: 'x-slack-request-timestamp',
  },
  standard_webhooks: {
    verification: { scheme: 'standard_webhooks' },
    sign: (body, at, secret) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(at),
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date(at * 1000), body),
    }),
    signature: 'webhook-signature',
    timestamp: 'webhook-timestamp',
  },
  'hmac, hex with a prefix': {
    verification: { scheme: 'hmac', header: 'X-Acme-Signature', prefix: 'sha1=', algorithm: 'sha1' },
    sign: (body, _at, secret) => ({ 'x-acme-signature': `sha1=${hmac('sha1', secret, body, 'hex')}` }),
    signature: 'x-acme-signature',
  },
  'hmac, base64': {
    verification: { scheme: 'hmac', header: 'X-Shop-Hmac', encoding: 'base64' },
    sign: (body, _at, secret) => ({ 'x-shop-hmac': hmac('sha256', secret, body, 'base64') }),
    signature: 'x-shop-hmac',
  },
  'hmac, sha512': {
    verification: { scheme: 'hmac', header: 'x-sig', algorithm: 'sha512' },
    sign: (body, _at, secret) => ({ 'x-sig': hmac('sha512', secret, body, 'hex') }),
    signature: 'x-sig',
  },
};

const request = (headers: Headers, body: string | Buffer = BODY): SignedRequest => ({
  headers,
  rawBody: Buffer.from(body),
});

const TIMED = Object.entries(SENDERS).filter(([name]) => ['stripe', 'slack', 'standard_webhooks'].includes(name));

describe.each(Object.entries(SENDERS))('%s', (_name, { verification, sign, signature }) => {
  const verify = (headers: Headers, body?: string | Buffer, secrets = [SECRET]) =>
    verifyWebhook(verification, secrets, request(headers, body), NOW);

  it('is believed as its sender signs it', async () => {
    expect(verify(await sign(BODY, SECONDS, SECRET))).toEqual({ ok: true });
    expect(verify(await sign('x', SECONDS, SECRET), 'x')).toEqual({ ok: true });
  });

  it('is believed with either secret while the secret changes', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    expect(verify(headers, BODY, [OTHER, SECRET])).toEqual({ ok: true });
    expect(verify(headers, BODY, [SECRET, OTHER])).toEqual({ ok: true });
  });

  it('is refused with every single bit of the body changed', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    for (let bit = 0; bit < BODY.length * 8; bit++) {
      const changed = Buffer.from(BODY);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verify(headers, changed)).toEqual({ ok: false, reason: 'BAD_SIGNATURE' });
    }
  });

  it('is refused with any character of the signature changed', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    const value = headers[signature] ?? '';
    for (let place = 0; place < value.length; place++) {
      const changed = value.slice(0, place) + (value[place] === '1' ? '2' : '1') + value.slice(place + 1);
      expect(verify({ ...headers, [signature]: changed }).ok, changed).toBe(false);
    }
  });

  it('is refused when signed with another secret, or for another body', async () => {
    const reason = 'BAD_SIGNATURE';
    expect(verify(await sign(BODY, SECONDS, OTHER))).toEqual({ ok: false, reason });
    expect(verify(await sign('{"id":"evt_2"}', SECONDS, SECRET))).toEqual({ ok: false, reason });
    expect(verify(await sign(BODY, SECONDS, SECRET), '')).toEqual({ ok: false, reason });
  });

  it('is refused without its signature', async () => {
    const { [signature]: _value, ...rest } = await sign(BODY, SECONDS, SECRET);
    expect(verify(rest)).toEqual({ ok: false, reason: 'MISSING_SIGNATURE' });
    expect(verify({ ...rest, [signature]: '' })).toEqual({ ok: false, reason: 'MISSING_SIGNATURE' });
  });

  it('is refused when the secret itself stands where the signature should', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    expect(verify({ ...headers, [signature]: SECRET }).ok).toBe(false);
    expect(verify({ authorization: `Bearer ${SECRET}` })).toEqual({ ok: false, reason: 'MISSING_SIGNATURE' });
  });

  it('is refused with a prefix that is not its own', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    const value = headers[signature] ?? '';
    const wrong = `v9${value.replace(/^(?:sha256=|sha1=|v0=|v1,)/, '=').replaceAll('v1=', 'v9=')}`;
    expect(verify({ ...headers, [signature]: wrong }).ok).toBe(false);
  });

  it('is refused when two headers of the name were sent', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    const twice = [headers[signature] ?? '', headers[signature] ?? ''];
    expect(
      verifyWebhook(
        verification,
        [SECRET],
        { headers: { ...headers, [signature]: twice }, rawBody: Buffer.from(BODY) },
        NOW,
      ).ok,
    ).toBe(false);
  });
});

describe.each(TIMED)('the timestamp of %s', (name, { verification, sign, timestamp }) => {
  const verify = (headers: Headers, more: Partial<Verification> = {}) =>
    verifyWebhook({ ...verification, ...more }, [SECRET], request(headers), NOW);

  it.each([-300, 300])('may be %i s from now', async (away) => {
    expect(verify(await sign(BODY, SECONDS + away, SECRET))).toEqual({ ok: true });
  });

  it.each([-301, 301, -86_400])('may not be %i s from now', async (away) => {
    const reason = 'TIMESTAMP_OUT_OF_TOLERANCE';
    expect(verify(await sign(BODY, SECONDS + away, SECRET))).toEqual({ ok: false, reason });
    expect(verify(await sign(BODY, SECONDS + away, SECRET), { toleranceSeconds: 90_000 })).toEqual({ ok: true });
  });

  it('cannot be renewed without the secret', async () => {
    const old = await sign(BODY, SECONDS - 3600, SECRET);
    const renewed =
      name === 'stripe'
        ? { 'stripe-signature': (old['stripe-signature'] ?? '').replace(/t=\d+/, `t=${SECONDS}`) }
        : { ...old, [timestamp ?? '']: String(SECONDS) };
    expect(verify(renewed)).toEqual({ ok: false, reason: 'BAD_SIGNATURE' });
  });

  it('has to be there', async () => {
    const headers = await sign(BODY, SECONDS, SECRET);
    const without =
      name === 'stripe'
        ? { 'stripe-signature': (headers['stripe-signature'] ?? '').replace(/t=\d+,/, '') }
        : { ...headers, [timestamp ?? '']: '' };
    expect(verify(without)).toEqual({ ok: false, reason: 'MALFORMED_SIGNATURE' });
  });
});

it('a timestamp that is no number is refused, whoever signed it', () => {
  const { sign } = SENDERS['slack'] as Sender;
  for (const at of ['soon', '1e9', '-1', ' ', `${SECONDS}.0`]) {
    const headers = sign(BODY, at as unknown as number, SECRET) as Headers;
    const reason = 'TIMESTAMP_OUT_OF_TOLERANCE';
    expect(verifyWebhook({ scheme: 'slack' }, [SECRET], request(headers), NOW)).toEqual({ ok: false, reason });
  }
});

describe('several signatures', () => {
  it('of Stripe are looked through, and other versions passed over', () => {
    const { sign } = SENDERS['stripe'] as Sender;
    const good = (sign(BODY, SECONDS, SECRET) as Headers)['stripe-signature'] ?? '';
    const [, signature] = good.split(',v1=');
    const verify = (value: string) =>
      verifyWebhook({ scheme: 'stripe' }, [SECRET], request({ 'stripe-signature': value }), NOW).ok;
    expect(verify(`t=${SECONDS},v1=${'0'.repeat(64)},v1=${signature}`)).toBe(true);
    expect(verify(`t=${SECONDS},v0=${signature}`)).toBe(false);
    expect(verify(`t=${SECONDS},v1=${'0'.repeat(64)},v0=${signature}`)).toBe(false);
    expect(verify(`t=${SECONDS},t=${SECONDS - 9999},v1=${signature}`)).toBe(false);
  });

  it('of Standard Webhooks are looked through, and asymmetric ones passed over', () => {
    const { sign } = SENDERS['standard_webhooks'] as Sender;
    const headers = sign(BODY, SECONDS, SECRET) as Headers;
    const verify = (value: string) =>
      verifyWebhook({ scheme: 'standard_webhooks' }, [SECRET], request({ ...headers, 'webhook-signature': value }), NOW)
        .ok;
    const good = headers['webhook-signature'] ?? '';
    expect(verify(`v1,AAAA v1a,BBBB ${good}`)).toBe(true);
    expect(verify(good.replace('v1,', 'v1a,'))).toBe(false);
    expect(
      verifyWebhook({ scheme: 'standard_webhooks' }, [SECRET], request({ ...headers, 'webhook-id': 'msg_2' }), NOW).ok,
    ).toBe(false);
  });
});

describe('a list of signatures', () => {
  const LISTS = {
    stripe: {
      signature: 'stripe-signature',
      listOf: (good: string, count: number) => `${good}${',v1=0'.repeat(count - 1)}`,
    },
    standard_webhooks: {
      signature: 'webhook-signature',
      listOf: (good: string, count: number) => `${'v1,AAAA '.repeat(count - 1)}${good}`,
    },
  };

  it.each(Object.entries(LISTS))('of %s has ten at most', (name, { signature, listOf }) => {
    const { sign, verification } = SENDERS[name] as Sender;
    const headers = sign(BODY, SECONDS, SECRET) as Headers;
    const verify = (count: number) =>
      verifyWebhook(
        verification,
        [SECRET],
        request({ ...headers, [signature]: listOf(headers[signature] ?? '', count) }),
        NOW,
      );
    expect(verify(10)).toEqual({ ok: true });
    expect(verify(11)).toEqual({ ok: false, reason: 'MALFORMED_SIGNATURE' });
  });
});

describe('a secret that is no key of Standard Webhooks', () => {
  const NO_KEYS = {
    'no Base64': '!!!!',
    'nothing behind the prefix': 'whsec_',
    'a key of 23 bytes': `whsec_${Buffer.alloc(23, 7).toString('base64')}`,
    'a key of 65 bytes': `whsec_${Buffer.alloc(65, 7).toString('base64')}`,
    'Base64 with something else in it': `whsec_${Buffer.alloc(32, 9).toString('base64')}!`,
    'Base64 for addresses': `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`,
  };

  it.each(Object.entries(NO_KEYS))('believes nobody: %s', (_name, secret) => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(`m.${SECONDS}.${BODY}`).digest('base64');
    const headers = { 'webhook-id': 'm', 'webhook-timestamp': String(SECONDS), 'webhook-signature': `v1,${signature}` };
    const verify = (...secrets: string[]) =>
      verifyWebhook({ scheme: 'standard_webhooks' }, secrets, request(headers), NOW);
    expect(verify(secret)).toEqual({ ok: false, reason: 'BAD_SIGNATURE' });
    expect(verify(SECRET, secret)).toEqual({ ok: false, reason: 'BAD_SIGNATURE' });
  });
});

describe('bearer', () => {
  const verify = (authorization: string | undefined, token?: string) =>
    verifyWebhook(
      { scheme: 'bearer' },
      ['s3cret'],
      { headers: { authorization }, rawBody: Buffer.alloc(0), ...(token !== undefined && { token }) },
      NOW,
    );
  const missing = { ok: false, reason: 'MISSING_SECRET' };
  const bad = { ok: false, reason: 'BAD_SECRET' };

  it('is the secret in the header, in any case of the word, or in the query', () => {
    for (const header of ['Bearer s3cret', 'bearer s3cret', 'BEARER   s3cret'])
      expect(verify(header)).toEqual({ ok: true });
    expect(verify(undefined, 's3cret')).toEqual({ ok: true });
    expect(verify('Basic abc', 's3cret')).toEqual({ ok: true });
  });

  it('with nothing behind the word does not look at the query', () => {
    for (const header of ['Bearer', 'Bearer ', 'bearer', 'Bearers3cret']) {
      expect(verify(header, 's3cret')).toEqual(missing);
      expect(verify(header)).toEqual(missing);
    }
  });

  it('counts the header before the query', () => {
    expect(verify('Bearer wrong', 's3cret')).toEqual(bad);
    expect(verify('Bearer s3cret', 'wrong')).toEqual({ ok: true });
  });

  it('is refused when it is missing, empty, longer, shorter or another', () => {
    expect(verify(undefined)).toEqual(missing);
    expect(verify(undefined, '')).toEqual(missing);
    for (const wrong of ['s3cre', 's3cret1', 'S3CRET', 's3cret s3cret']) expect(verify(`Bearer ${wrong}`)).toEqual(bad);
  });
});
