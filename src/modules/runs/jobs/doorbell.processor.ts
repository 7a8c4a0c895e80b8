import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import { QUEUES, WORKER_OPTIONS } from '../../../platform/queue/index.js';
import { Doorbell } from './doorbell.js';

/** Hears the bells that other processes ring. */
@Processor(QUEUES.runs, WORKER_OPTIONS)
export class DoorbellProcessor extends WorkerHost implements BeforeApplicationShutdown {
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

  /** Before the pool ends, else its last job dies with it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close();
  }
}
