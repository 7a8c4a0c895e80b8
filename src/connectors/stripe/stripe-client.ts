import type { OpenConnection } from '#libs/connector-kit';
import { JsonGuardError, parseGuarded } from '#libs/json-guard';
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
  const key = connection.credentials['apiKey'] ?? connection.credentials['accessToken'];
  const send = toFetch(http, LIMITS);
  const cancellable: typeof fetch = async (input, init) => {
    const ended = init?.signal ? AbortSignal.any([init.signal, signal]) : signal;
    return assertAnswer(await send(input, { ...init, signal: ended }));
  };
  return new Stripe(typeof key === 'string' ? key : '', {
    ...apiBaseOf(connection),
    httpClient: Stripe.createFetchHttpClient(cancellable),
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: TIMEOUT_MS,
  });
}

/** The SDK takes for granted what a proxy's error page is not: a JSON object, whose `error` and `data` have their documented forms. */
async function assertAnswer(response: Response): Promise<Response> {
  const text = await response.text();
  if (!isAnswer(text)) {
    throw new SafeHttpError(
      'PROTOCOL_ERROR',
      `Stripe answered ${response.status} with something other than its API documents.`,
    );
  }
  return new Response(text, { status: response.status, headers: response.headers });
}

function isAnswer(text: string): boolean {
  try {
    const body = parseGuarded(text);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
    const { error, data, id } = body;
    const isError = error === undefined || (typeof error === 'object' && error !== null && !Array.isArray(error));
    const isList =
      data === undefined || (Array.isArray(data) && data.every((item) => typeof item === 'object' && item !== null));
    return isError && isList && (id === undefined || typeof id === 'string') && (error ?? data ?? id) !== undefined;
  } catch (problem) {
    if (problem instanceof JsonGuardError) return false;
    throw problem;
  }
}

function apiBaseOf({ settings }: OpenConnection): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  const { apiBase } = settings;
  if (typeof apiBase !== 'string') return {};
  if (!URL.canParse(apiBase)) throw new SafeHttpError('INVALID_URL', "The connection's apiBase cannot be parsed.");
  const { hostname, port, protocol } = new URL(apiBase);
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' };
}
