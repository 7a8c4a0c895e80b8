import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/index.js';
import { SlidingWindows } from '../../auth/index.js';
import { tooManyBadSecrets } from '../webhook.errors.js';

/**
 * Slows down guessing: after AUTH_FAILURES_PER_MINUTE refused calls of one webhook an address is answered 429, in this process, until the window
 * frees a place. Only refused calls are counted.
 */
@Injectable()
export class BadSecrets {
  private readonly windows = new SlidingWindows();
  /** Until when there is no place, by the window's key; in the order in which they became full. */
  private readonly full = new Map<string, number>();

  constructor(private readonly settings: Settings) {}

  /**
   * Before a secret is looked at that could be guessed: what is answered does not tell whether it would have been the right one.
   * @throws DomainError RATE_LIMITED while the window is full
   */
  assertPlace(webhookId: string, address: string): void {
    const left = (this.full.get(keyOf(webhookId, address)) ?? 0) - performance.now();
    if (left > 0) throw tooMany(left);
  }

  /** @throws DomainError RATE_LIMITED when the window was full before */
  count(webhookId: string, address: string): void {
    const limit = this.settings.AUTH_FAILURES_PER_MINUTE;
    const key = keyOf(webhookId, address);
    const { accepted, used, freesInMs } = this.windows.take(key, limit);
    if (used >= limit) this.fill(key, performance.now() + freesInMs);
    if (!accepted) throw tooMany(freesInMs);
  }

  private fill(key: string, until: number): void {
    for (const [other, end] of this.full) {
      if (end > performance.now()) break;
      this.full.delete(other);
    }
    this.full.delete(key);
    this.full.set(key, until);
  }
}

const keyOf = (webhookId: string, address: string): string => `${webhookId} ${address}`;
const tooMany = (leftMs: number) => tooManyBadSecrets(Math.max(1, Math.ceil(leftMs / 1000)));
