import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { notFound } from '../../platform/errors/index.js';
import type { ResponseStyle } from '../../platform/http/index.js';
import type { RateCategory } from './rate-category.js';
import type { Scope } from './scopes.js';

/** Who sent the request: what its API key says, as the database had it when the request came in. */
export interface Caller {
  organizationId: string;
  userId: string;
  keyId: string;
  plan: string;
  scopes: readonly Scope[];
  /** Bare UUIDs of the workflows the key is bound to; undefined: every workflow. */
  workflowIds?: readonly string[];
  /** Requests a minute where the key, or else the organization, has its own limit. */
  limits: Partial<Record<RateCategory, number>>;
  /** The organization's own caps; what is undefined follows the server's settings. */
  organization: { concurrency?: number; backlog?: number };
  style: ResponseStyle;
}

/** A request that {@link AuthGuard} let pass on a route that is not {@link Public}. */
export interface AuthenticatedRequest extends Request {
  caller: Caller;
}

/** Injects the {@link Caller} into a handler's parameter. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<AuthenticatedRequest>().caller,
);

/** A workflow outside the ones a trigger-only key is bound to answers 404, exactly like one that does not exist. */
export function assertBoundTo(caller: Pick<Caller, 'workflowIds'>, workflowId: string): void {
  if (caller.workflowIds && !caller.workflowIds.includes(workflowId)) throw notFound('Workflow not found');
}
