import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { QUEUES, WORKER_OPTIONS } from '../../../platform/queue/index.js';
import { Doorbell } from './doorbell.js';

/** Hears the bells that other processes ring. */
@Processor(QUEUES.runs, WORKER_OPTIONS)
export class DoorbellProcessor extends WorkerHost implements OnModuleDestroy {
  private readonly logger = new Logger(DoorbellProcessor.name);

  constructor(private readonly doorbell: Doorbell) {
    super();
  }

  async process(): Promise<void> {
    this.doorbell.heard();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn(`queue worker: ${error.message}`);
  }

  /** A phase before the run worker hands over what it has in hand: the bell that it then rings is for others to hear. */
  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }
}
