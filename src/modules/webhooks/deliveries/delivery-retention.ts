import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { lowestIdAt } from '#libs/ids';
import { Settings } from '../../../platform/config/index.js';
import { Organizations } from '../../organizations/index.js';
import { Housekeeping } from '../../runs/index.js';
import { DeliveryRepository } from './delivery.repository.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const EVERY_MS = 15 * 60 * 1000;
/** Small batches keep locks and write-ahead log short. */
const BATCH = 1_000;
/** Between two batches, for everybody else. */
const PAUSE_MS = 50;
/** Of one organization at a time; the rest is left to the next time. */
const BATCHES = 100;

/** Removes deliveries that are older than their organization keeps its runs. */
@Injectable()
export class DeliveryRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly organizations: Organizations,
    private readonly deliveries: DeliveryRepository,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.housekeeping.join({
      name: 'remove-old-deliveries',
      everyMs: EVERY_MS,
      work: (signal) => this.removeOld(new Date(), signal),
    });
  }

  async removeOld(now: Date, signal: AbortSignal): Promise<void> {
    for (const { id, days } of await this.organizations.listRetention()) {
      const below = lowestIdAt(new Date(now.getTime() - (days ?? this.settings.RETENTION_DAYS) * DAY_MS));
      for (let batch = 0; batch < BATCHES && !signal.aborted; batch++) {
        if ((await this.deliveries.removeOld(id, below, BATCH)) < BATCH) break;
        await setTimeout(PAUSE_MS);
      }
    }
  }
}
