import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { forbidden } from './auth.errors.js';
import type { AuthenticatedRequest, Caller } from './caller.js';
import { REQUIRED_SCOPES, type Scope } from './scopes.js';

/** Enforces {@link RequireScopes}; what stands on the handler wins over the controller. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const anyOf = this.reflector.getAllAndOverride<Scope[] | undefined>(REQUIRED_SCOPES, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (anyOf) assertScope(context.switchToHttp().getRequest<AuthenticatedRequest>().caller, ...anyOf);
    return true;
  }
}

/** For what a request's own content decides. Throws `FORBIDDEN` unless the caller has at least one of the scopes. */
export function assertScope(caller: Pick<Caller, 'scopes'> | undefined, ...anyOf: Scope[]): void {
  if (anyOf.some((scope) => caller?.scopes.includes(scope))) return;
  throw forbidden(`The API key lacks the scope ${anyOf.join(' or ')}`);
}
