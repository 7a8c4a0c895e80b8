/**
 * How often a caller may call. Words: a *category* is what a request counts as; a *budget* is one category of one key, user or address;
 * a *store* counts hits, in any 60 seconds, for all processes that share it.
 * Controllers name their category; the root registers the guards.
 */
import { AuthGuard, ScopeGuard } from '../auth/index.js';
import { RateLimitGuard } from './rate-limit.guard.js';

export { RateLimitModule } from './rate-limit.module.js';
export { RateBudget } from './rate-budget.js';
export { NoRateLimit, RateLimit } from './policy.js';
export { RateLimitGuard };

/** The global guards in their order: who is calling, how often, whether they may. The root registers each with `useExisting`. */
export const REQUEST_GUARDS = [AuthGuard, RateLimitGuard, ScopeGuard] as const;
