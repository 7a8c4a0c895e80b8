import { type OpenConnection } from '#libs/connector-kit';
import { type SafeHttp, SafeHttpError, toFetch } from '#libs/safe-http';
import type { Stripe } from 'stripe';

/** Larger than any answer of these operations. */
const LIMITS = { maxResponseBytes: 5 * 1024 * 1024 };
/** The step's own time limit ends a request first. */
const TIMEOUT_MS = 80_000;

/**
 * The official client with a connection's key. It is made for one call, so that no key outlives its step, and the SDK is loaded with the
 * first. Requests go through the outbound policy and are not repeated by the SDK: retries are the step's.
 */
export async function stripeClient(http: SafeHttp, connection: OpenConnection, signal: AbortSignal): Promise<Stripe> {
  const { Stripe } = await import('stripe');
  const { apiKey, accessToken } = connection.credentials;
  const send = toFetch(http, LIMITS);
  const cancellable: typeof fetch = (input, init) =>
    send(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
  return new Stripe(String(apiKey ?? accessToken), {
    ...apiBaseOf(connection),
    httpClient: Stripe.createFetchHttpClient(cancellable),
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: TIMEOUT_MS,
  });
}

function apiBaseOf({ settings }: OpenConnection): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  const { apiBase } = settings;
  if (typeof apiBase !== 'string') return {};
  if (!URL.canParse(apiBase)) throw new SafeHttpError('INVALID_URL', "The connection's apiBase cannot be parsed.");
  const { hostname, port, protocol } = new URL(apiBase);
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' };
}
