import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Grouped } from '../../../platform/database/index.js';
import { DeliveryRepository } from './delivery.repository.js';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** What may wait to be written; beyond it deliveries are answered and not written down. */
const LONGEST_QUEUE = 10_000;
const LARGEST_QUEUE = 32 * 1024 * 1024;
/** In one statement. */
const BATCH = 200;

/** Writes deliveries down, many in one statement and outside of the calls that they tell of. */
@Injectable()
export class DeliveryLog implements BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryLog.name);
  private readonly writes: Grouped<WebhookDeliveryEntity, undefined>;
  private readonly pending = new Set<Promise<unknown>>();
  private pendingBytes = 0;
  private dropped = 0;

  constructor(deliveries: DeliveryRepository) {
    this.writes = new Grouped(async (all) => (await deliveries.insertAll(all), all.map(() => undefined)), {
      maxBatch: BATCH,
    });
  }

  /** Never throws and never waits. */
  write(delivery: WebhookDeliveryEntity): void {
    const bytes = delivery.body?.length ?? 0;
    if (this.pending.size >= LONGEST_QUEUE || this.pendingBytes + bytes > LARGEST_QUEUE) {
      if (this.dropped++ === 0) this.logger.warn('webhook deliveries come faster than they can be written down');
      return;
    }
    this.pendingBytes += bytes;
    const written = this.writes
      .call(delivery)
      .catch((error: unknown) => this.logger.warn(`a webhook delivery is not written down: ${String(error)}`))
      .finally(() => {
        this.pending.delete(written);
        this.pendingBytes -= bytes;
        if (this.pending.size === 0 && this.dropped > 0) {
          this.logger.warn(`${this.dropped} webhook deliveries have not been written down`);
          this.dropped = 0;
        }
      });
    this.pending.add(written);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.pending);
  }
}
