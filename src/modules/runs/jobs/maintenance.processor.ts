import { InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { QUEUES, WORKER_OPTIONS } from '../../../platform/queue/index.js';
import { ErasePayloads } from '../payloads/erase-payloads.js';
import { RunRetention } from '../run-retention.js';
import { RunRepository } from '../run.repository.js';
import { Housekeeping } from './housekeeping.js';

const MINUTE_MS = 60_000;
/** How often each is done. */
const OWN_CHORES = {
  'forget-idempotency-keys': 15 * MINUTE_MS,
  'remove-old-runs': 15 * MINUTE_MS,
  'erase-payloads': MINUTE_MS,
};
type OwnChore = keyof typeof OWN_CHORES;
/** Small batches keep locks and write-ahead log short. */
const BATCH = 1_000;

/** Housekeeping. One process of all does it at a time. */
@Processor(QUEUES.maintenance, WORKER_OPTIONS)
export class MaintenanceProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MaintenanceProcessor.name);
  private readonly stopping = new AbortController();

  constructor(
    @InjectQueue(QUEUES.maintenance) private readonly queue: Queue,
    private readonly runs: RunRepository,
    private readonly retention: RunRetention,
    private readonly eraser: ErasePayloads,
    private readonly others: Housekeeping,
  ) {
    super();
  }

  /** Does not hold up the start: a queue that is out of reach now gets its schedule at the next start. */
  onApplicationBootstrap(): void {
    const others = this.others.chores.map(({ name, everyMs }) => [name, everyMs] as const);
    for (const [name, every] of [...Object.entries(OWN_CHORES), ...others]) {
      this.queue
        .upsertJobScheduler(name, { every }, { name, data: {} })
        .catch((error: unknown) => this.logger.warn(`housekeeping is not scheduled: ${String(error)}`));
    }
  }

  async process(job: Job): Promise<void> {
    switch (job.name as OwnChore) {
      case 'forget-idempotency-keys':
        while ((await this.runs.forgetIdempotencyKeys(BATCH)) === BATCH);
        return;
      case 'remove-old-runs':
        await this.retention.removeOldRuns(new Date(), this.stopping.signal);
        return;
      case 'erase-payloads':
        await this.eraser.eraseDue(this.stopping.signal);
        return;
      default:
        await this.others.find(job.name)?.work(this.stopping.signal);
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn(`maintenance worker: ${error.message}`);
  }

  /** Before the pool ends, else its last job dies with it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.worker.close();
  }
}
