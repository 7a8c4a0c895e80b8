import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Grouped } from '../../../platform/database/index.js';
import { SlidingWindows } from '../../auth/index.js';
import { DeliveryRepository } from './delivery.repository.js';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** What may wait to be written; beyond it deliveries are answered and not written down. */
const LONGEST_QUEUE = 10_000;
const LARGEST_QUEUE = 32 * 1024 * 1024;
/** Of refused calls that are written down, for each webhook, in a minute and process: whoever calls need not be believed. */
const MOST_REFUSED = 100;
/** In one statement. */
const BATCH = 1_000;
/** Between two statements, so that calls that come fast share one: nobody waits for them. */
const PAUSE_MS = 25;

/** Writes deliveries down, many in one statement and outside of the calls that they tell of. */
@Injectable()
export class DeliveryLog implements BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryLog.name);
  private readonly writes: Grouped<WebhookDeliveryEntity, undefined>;
  private readonly refused = new SlidingWindows();
  private readonly pending = new Set<Promise<unknown>>();
  /** Calls whose delivery is still to be written. */
  private readonly calls = new Set<Promise<unknown>>();
  private pendingBytes = 0;
  private dropped = 0;

  constructor(deliveries: DeliveryRepository) {
    const writeAll = async (all: WebhookDeliveryEntity[]): Promise<undefined[]> => {
      await deliveries.insertAll(all);
      await setTimeout(PAUSE_MS);
      return all.map(() => undefined);
    };
    this.writes = new Grouped(writeAll, { maxBatch: BATCH });
  }

  /** Never throws and never waits. */
  write(delivery: WebhookDeliveryEntity): void {
    if (delivery.outcome === 'refused' && !this.refused.take(delivery.webhookId, MOST_REFUSED).accepted) return;
    const bytes = bytesOf(delivery);
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

  /** Until `call`, which ends in a {@link write}, is over, the process does not let go of the database. */
  async following<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = call();
    const end = () => this.calls.delete(over);
    const over: Promise<unknown> = result.then(end, end);
    this.calls.add(over);
    return result;
  }

  async beforeApplicationShutdown(): Promise<void> {
    while (this.calls.size + this.pending.size > 0) await Promise.all([...this.calls, ...this.pending]);
  }
}

/** What a delivery takes in memory, roughly. */
export const bytesOf = ({ body, path, headers }: Pick<WebhookDeliveryEntity, 'body' | 'path' | 'headers'>): number =>
  Object.entries(headers).reduce(
    (bytes, [name, value]) => bytes + name.length + value.length,
    (body?.length ?? 0) + path.length,
  );
