import { Injectable } from '@nestjs/common';
import type { DomainError } from '../../platform/errors/index.js';
import { Settings } from '../../platform/config/index.js';
import { invalidApiKey, rateLimited } from './auth.errors.js';
import { SlidingWindows } from './sliding-windows.js';

/**
 * Slows down guessing: after AUTH_FAILURES_PER_MINUTE refused keys a client address is answered 429, in this process, until the
 * window frees a place. Only refused keys are counted and only they are answered so: a good key from the same address keeps working.
 */
@Injectable()
export class AuthFailures {
  private readonly windows = new SlidingWindows();

  constructor(private readonly settings: Settings) {}

  /** Counts one refused key and returns the error to answer it with. */
  refusal(address: string): DomainError {
    const { accepted, freesInMs } = this.windows.take(address, this.settings.AUTH_FAILURES_PER_MINUTE);
    if (accepted) return invalidApiKey();
    const retryAfter = Math.max(1, Math.ceil(freesInMs / 1000));
    return rateLimited('Too many invalid API keys from this address.', { retryAfter });
  }
}
