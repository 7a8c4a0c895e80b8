import type { Settings } from '../../../platform/config/index.js';
import { invalid } from '../connection.errors.js';

/**
 * Where a person is sent after an authorization: only below the server's own address, or to one of the operator's list, exactly. An open
 * redirect would lend the server's name to whoever can make such a link.
 * @throws DomainError VALIDATION_ERROR
 */
export function checkRedirectUrl(text: string, settings: Pick<Settings, 'publicUrl' | 'OAUTH_REDIRECT_URLS'>): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw invalid('must be an http or https URL', 'redirectUrl');
  }
  if (url.username !== '' || url.password !== '') throw invalid('must not hold a user name or password', 'redirectUrl');
  const allowed = (settings.OAUTH_REDIRECT_URLS ?? '').split(',').map((entry) => entry.trim());
  if (url.origin === new URL(settings.publicUrl).origin || allowed.includes(text)) return url.href;
  throw invalid(
    `must be below ${settings.publicUrl} or one of the server's OAUTH_REDIRECT_URLS; leave it out to end on a page of the server`,
    'redirectUrl',
  );
}

/** The address with what became of the authorization. */
export function withOutcome(redirectUrl: string, outcome: Record<string, string>): string {
  const url = new URL(redirectUrl);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
