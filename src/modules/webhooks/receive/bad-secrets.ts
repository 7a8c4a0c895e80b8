import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/index.js';
import { SlidingWindows } from '../../auth/index.js';
import { tooManyBadSecrets } from '../webhook.errors.js';

/**
 * Slows down guessing: after AUTH_FAILURES_PER_MINUTE refused calls of one webhook an address is answered 429, in this process, until the window
 * frees a place. Only refused calls are counted and only they are answered so: a good one from the same address keeps working.
 */
@Injectable()
export class BadSecrets {
  private readonly windows = new SlidingWindows();

  constructor(private readonly settings: Settings) {}

  /** @throws DomainError RATE_LIMITED */
  count(webhookId: string, address: string): void {
    const { accepted, freesInMs } = this.windows.take(
      `${webhookId} ${address}`,
      this.settings.AUTH_FAILURES_PER_MINUTE,
    );
    if (!accepted) throw tooManyBadSecrets(Math.max(1, Math.ceil(freesInMs / 1000)));
  }
}
