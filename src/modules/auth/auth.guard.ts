import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard as PassportGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { PUBLIC } from '../../platform/http/index.js';
import { addLogFields } from '../../platform/logging/index.js';
import { invalidApiKey } from './auth.errors.js';
import type { Caller } from './caller.js';
import { refuseTwoCredentials } from './credentials.js';
import type { StrategyOptions } from './header.strategies.js';
import { KeyVerifier } from './key-verifier.js';

/** Sets `request.caller`, or refuses the request: 401, or 429 after too many bad keys. */
@Injectable()
export class AuthGuard extends PassportGuard(['bearer', 'x-api-key']) {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: KeyVerifier,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    if (this.reflector.getAllAndOverride(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    refuseTwoCredentials(context.switchToHttp().getRequest<Request>());
    return super.canActivate(context);
  }

  override getAuthenticateOptions(): StrategyOptions & { property: string; session: false } {
    return { property: 'caller', session: false, verifier: this.verifier };
  }

  /** Called once for both strategies: with the error of the one that found a key, or with neither when no header has one. */
  override handleRequest<TCaller>(error: unknown, caller: TCaller, _info: unknown, context: ExecutionContext): TCaller {
    if (error) throw error;
    if (!caller) throw invalidApiKey();
    const { organizationId, keyId } = caller as unknown as Caller;
    addLogFields(context.switchToHttp().getRequest<Request>(), { organizationId, keyId });
    return caller;
  }
}
