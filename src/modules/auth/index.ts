/**
 * Who is calling and what they may do. Words: an *API key* belongs to a user in an organization and carries *scopes*; a *trigger-only*
 * key is bound to named workflows; the *caller* is what a request's key says.
 * Every controller uses the decorators; the root registers the guards, in the order auth, rate limit, scopes.
 */
export { AuthModule } from './auth.module.js';
export { AuthGuard } from './auth.guard.js';
export { assertScope, ScopeGuard } from './scope.guard.js';
export { RequireScopes, SCOPES, type Scope } from './scopes.js';
export { assertBoundTo, type AuthenticatedRequest, type Caller, CurrentCaller } from './caller.js';
export { KeyCallers, KeyCallersModule } from './key-callers.js';
export { ApiKeys, type IssuedKey, type NewKey } from './keys/api-keys.js';
export { ApiKeyEntity } from './keys/api-key.entity.js';
export { RATE_LIMITS, type RateCategory } from './rate-category.js';
export { forbidden, planRequired, rateLimited } from './auth.errors.js';
export { clientAddress } from './client-address.js';
export { SlidingWindows, type SlidingWindowsOptions, type Taken } from './sliding-windows.js';
