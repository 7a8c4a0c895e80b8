import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Settings } from '../../platform/config/index.js';
import { type AuthenticatedRequest, clientAddress, RATE_LIMITS, type RateCategory } from '../auth/index.js';

const CATEGORY = 'rate-limit:category';
const reflector = new Reflector();

/** What the requests of a handler or controller count as. Without it: `read` for GET and HEAD, `write` for the rest. */
export const RateLimit = (category: RateCategory) => SetMetadata(CATEGORY, category);

/** The handler or controller is not limited. */
export const NoRateLimit = () => SetMetadata(CATEGORY, null);

type LimitedRequest = Pick<AuthenticatedRequest, 'method' | 'ip'> & Partial<Pick<AuthenticatedRequest, 'caller'>>;

const requestOf = (context: ExecutionContext): LimitedRequest => context.switchToHttp().getRequest<LimitedRequest>();

/** What this request counts as; null: it is not limited. A public route is limited only where it says so. */
export function categoryOf(context: ExecutionContext): RateCategory | null {
  const named = reflector.getAllAndOverride<RateCategory | null | undefined>(CATEGORY, [
    context.getHandler(),
    context.getClass(),
  ]);
  if (named !== undefined) return named;
  const { caller, method } = requestOf(context);
  if (!caller) return null;
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}

/** The limit in force: the key's, else the organization's, else the server's for calls of others, else the category's. */
export function limitOf(context: ExecutionContext, category: RateCategory, settings: WebhookSettings): number {
  const { caller } = requestOf(context);
  const own = caller?.limits[category];
  if (own !== undefined) return own;
  return category === 'webhooks' ? settings.WEBHOOK_CALLS_PER_ADDRESS : RATE_LIMITS[category].limit;
}

type WebhookSettings = Pick<Settings, 'WEBHOOK_CALLS_PER_ADDRESS'>;

/** Who shares one budget: all requests of a key, a user or, on public routes, an address, whatever handler they reach. */
export function trackerOf(context: ExecutionContext, category: RateCategory): string {
  const request = requestOf(context);
  const { per } = RATE_LIMITS[category];
  if (!request.caller || per === 'address') return clientAddress(request);
  return per === 'user' ? request.caller.userId : request.caller.keyId;
}
