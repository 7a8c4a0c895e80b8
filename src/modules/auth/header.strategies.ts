import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { responseStyle } from '../../platform/http/index.js';
import type { Caller } from './caller.js';
import { clientAddress } from './client-address.js';
import { bearerCredential, headerCredential } from './credentials.js';
import type { KeyVerifier, PresentedKey } from './key-verifier.js';

/** What the guard hands to the strategies with each request. */
export interface StrategyOptions {
  verifier: KeyVerifier;
}

type Done = (error: unknown, caller: Caller | null) => void;

/**
 * Takes the key out of one header. The verifier comes with each request, not by injection: passport's registry of strategies is one
 * for the process, and two applications in it must not answer from each other's database.
 */
class HeaderStrategy extends passport.Strategy {
  constructor(
    private readonly read: (request: Request) => string | undefined,
    private readonly check: (verifier: KeyVerifier, presented: PresentedKey, done: Done) => void,
  ) {
    super();
  }

  override authenticate(request: Request, { verifier }: StrategyOptions): void {
    const key = this.read(request);
    if (key === undefined) return this.fail();
    this.check(verifier, { key, style: responseStyle(request), address: clientAddress(request) }, (error, caller) =>
      caller ? this.success(caller) : this.error(error),
    );
  }
}

/** `Authorization: Bearer capi_…`; asked first. */
@Injectable()
export class BearerStrategy extends PassportStrategy(HeaderStrategy, 'bearer') {
  constructor() {
    super(bearerCredential);
  }

  validate(verifier: KeyVerifier, presented: PresentedKey): Promise<Caller> {
    return verifier.verify(presented);
  }
}

/** `x-api-key: capi_…` */
@Injectable()
export class ApiKeyHeaderStrategy extends PassportStrategy(HeaderStrategy, 'x-api-key') {
  constructor() {
    super(headerCredential);
  }

  validate(verifier: KeyVerifier, presented: PresentedKey): Promise<Caller> {
    return verifier.verify(presented);
  }
}
