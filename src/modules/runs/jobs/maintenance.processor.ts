import { InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QUEUES, WORKER_OPTIONS } from '../../../platform/queue/index.js';
import { RunRepository } from '../run.repository.js';

const EVERY_MS = 15 * 60_000;
/** Small batches keep locks and write-ahead log short. */
const BATCH = 1_000;

/** Housekeeping of runs: forgets idempotency keys whose 24 hours are over. One process of all does it at a time. */
@Processor(QUEUES.maintenance, WORKER_OPTIONS)
export class MaintenanceProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MaintenanceProcessor.name);

  constructor(
    @InjectQueue(QUEUES.maintenance) private readonly queue: Queue,
    private readonly runs: RunRepository,
  ) {
    super();
  }

  /** Does not hold up the start: a queue that is out of reach now gets its schedule at the next start. */
  onApplicationBootstrap(): void {
    this.queue
      .upsertJobScheduler('forget-idempotency-keys', { every: EVERY_MS }, { name: 'forget-idempotency-keys', data: {} })
      .catch((error: unknown) => this.logger.warn(`housekeeping is not scheduled: ${String(error)}`));
  }

  async process(): Promise<void> {
    while ((await this.runs.forgetIdempotencyKeys(BATCH)) === BATCH);
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn(`maintenance worker: ${error.message}`);
  }

  /** Before the pool ends, else its last job dies with it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close();
  }
}
