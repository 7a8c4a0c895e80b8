import type { BlockOutcome } from '#libs/block-kit';
import { integrationError, type Refused } from '#libs/connector-kit';
import { type JsonObject, JsonGuardError, parseGuarded } from '#libs/json-guard';
import { parseRetryAfter } from '#libs/retry';
import type { SafeHttpResponse } from '#libs/safe-http';

/** Slack answers most failures with 200 and `{ok: false, error}`: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const REFUSES = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_expired',
  'token_revoked',
  'no_permission',
]);
const PASSES = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

/** What an answer of the Web API means for the step. */
export function readAnswer(
  response: SafeHttpResponse,
  pick: (body: JsonObject) => JsonObject,
  now: Date,
): BlockOutcome | Refused {
  const body = bodyOf(response);
  if (body?.['ok'] === true) return { kind: 'done', output: pick(body) };
  const error = typeof body?.['error'] === 'string' ? body['error'] : `HTTP ${response.status}`;
  if (REFUSES.has(error) || response.status === 401) return { kind: 'refused', message: error };
  return failure(response, error, PASSES.has(error), now);
}

/** What an answer of an incoming webhook means: 200 `ok`, or a word in plain text. */
export function readWebhookAnswer(response: SafeHttpResponse, now: Date): BlockOutcome | Refused {
  if (response.status === 200) return { kind: 'done', output: { ok: true } };
  const error = response.body.toString('utf8', 0, 200).trim() || `HTTP ${response.status}`;
  // 403 invalid_token, 404 no_service, 410 channel_is_archived: the webhook itself is no good, or no more.
  if (response.status === 403 || error === 'no_service') return { kind: 'refused', message: error };
  return failure(response, error, false, now);
}

function failure({ status, headers }: SafeHttpResponse, error: string, passes: boolean, now: Date): BlockOutcome {
  const retryable = passes || status === 429 || status >= 500;
  return integrationError(`Slack: ${error}`, retryable, parseRetryAfter(headers['retry-after'], now));
}

function bodyOf({ body }: SafeHttpResponse): JsonObject | null {
  try {
    const parsed = parseGuarded(body.toString('utf8'));
    return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null;
  } catch (error) {
    if (error instanceof JsonGuardError) return null;
    throw error;
  }
}
