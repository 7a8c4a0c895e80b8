import type { SafeHttp, SafeHttpRequest } from './safe-http.js';

/** Statuses whose answers have no body, and with which `Response` refuses one. */
const WITHOUT_BODY = [204, 205, 304];

/**
 * The client in the shape of `fetch`, for libraries that bring their own requests (OAuth, vendors' SDKs). Bodies are texts, bytes or
 * `URLSearchParams`. A failure is a `SafeHttpError`.
 * @param limits for every request
 */
export function toFetch(
  http: SafeHttp,
  limits: Pick<SafeHttpRequest, 'timeoutMs' | 'maxResponseBytes'> = {},
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    // Some libraries count themselves; the client does it again.
    request.headers.delete('content-length');
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const response = await http.request({
      ...limits,
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body,
      signal: init?.signal ?? undefined,
      ...(request.redirect !== 'follow' && { maxRedirects: 0 }),
    });
    const { status, headers } = response;
    return new Response(WITHOUT_BODY.includes(status) ? null : new Uint8Array(response.body), { status, headers });
  };
}
