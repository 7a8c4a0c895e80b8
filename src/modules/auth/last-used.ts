import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Grouped } from '../../platform/database/index.js';
import { ApiKeyRepository } from './keys/api-key.repository.js';

const INTERVAL_MS = 60_000;

/** Keeps `last_used_at` right within 60 seconds, at one write a key, process and minute, outside of the request that used the key. */
@Injectable()
export class LastUsed implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastUsed.name);
  /** When this process last wrote each key, oldest first; holds only keys used in the last minute. */
  private readonly written = new Map<string, number>();
  private readonly writes: Grouped<Buffer, undefined>;
  /** Settles after the write of the newest touch, and with it all earlier ones: one is in flight at a time. */
  private pending: Promise<unknown> = Promise.resolve();

  constructor(keys: ApiKeyRepository) {
    this.writes = new Grouped(async (hashes) => (await keys.touch(hashes), hashes.map(() => undefined)));
  }

  touch(hash: Buffer): void {
    const now = performance.now();
    for (const [id, at] of this.written) {
      if (now - at < INTERVAL_MS) break;
      this.written.delete(id);
    }
    const id = hash.toString('base64');
    if (this.written.has(id)) return;
    this.written.set(id, now);
    this.pending = this.writes.call(hash).catch((error: unknown) => {
      this.written.delete(id);
      this.logger.warn(`last use of an API key not recorded: ${String(error)}`);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.pending;
  }
}
