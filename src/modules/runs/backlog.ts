import { Injectable } from '@nestjs/common';
import { LruCache } from '../../platform/cache/index.js';
import { Settings } from '../../platform/config/index.js';
import type { Caller } from '../auth/index.js';
import { organizationBacklogFull, serverBacklogFull } from './run.errors.js';
import { RunRepository } from './run.repository.js';

/** A count is believed for this long; what this process accepts meanwhile is added to it. */
const BELIEVED_MS = 1_000;
const RETRY_AFTER_S = 5;

interface Count {
  takenAt: number;
  organization: number;
  server: number;
}

/**
 * Bounds unfinished runs: per organization (429) and on the whole server (503). Counting costs a statement a second and organization
 * while runs are being accepted, and none otherwise; several processes may overshoot by what they accept within that second.
 */
@Injectable()
export class Backlog {
  private readonly counts = new LruCache<string, Promise<Count>>(5_000);

  constructor(
    private readonly repository: RunRepository,
    private readonly settings: Settings,
  ) {}

  /** Takes places for so many more runs, or refuses them all. */
  async assertRoom(caller: Pick<Caller, 'organizationId' | 'organization'>, runs = 1): Promise<void> {
    const limit = caller.organization.backlog ?? this.settings.ORGANIZATION_BACKLOG;
    const count = await this.count(caller.organizationId, Math.max(limit, this.settings.SERVER_BACKLOG) + 1);
    if (count.server + runs > this.settings.SERVER_BACKLOG) {
      throw serverBacklogFull('The server has too many unfinished runs; try again later', {
        retryAfter: RETRY_AFTER_S,
      });
    }
    if (count.organization + runs > limit) {
      const message = `Too many unfinished runs. Limit: ${limit}. Wait for some to finish, or cancel them.`;
      throw organizationBacklogFull(message, { retryAfter: RETRY_AFTER_S });
    }
    count.organization += runs;
    count.server += runs;
  }

  private async count(organizationId: string, cap: number): Promise<Count> {
    const believed = this.counts.get(organizationId);
    const known = believed && (await believed);
    if (known && Date.now() - known.takenAt < BELIEVED_MS) return known;
    // Another caller may have started counting while this one waited.
    const newer = this.counts.get(organizationId);
    if (newer && newer !== believed) return newer;
    const counting = this.repository
      .countUnfinished(organizationId, cap)
      .then((count) => ({ takenAt: Date.now(), ...count }));
    this.counts.set(organizationId, counting);
    counting.catch(() => this.counts.delete(organizationId));
    return counting;
  }
}
