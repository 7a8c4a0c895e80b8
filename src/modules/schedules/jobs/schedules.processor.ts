import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../../../platform/config/index.js';
import { QUEUES, WORKER_OPTIONS } from '../../../platform/queue/index.js';
import { FireSchedules } from '../fire-schedules.js';
import { repeatStrategy } from './schedule-bell.js';

/** Fires what is due when the bell rings, at the start, and every SWEEP_INTERVAL_MS. */
@Processor(QUEUES.schedules, { ...WORKER_OPTIONS, settings: { repeatStrategy } })
export class SchedulesProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SchedulesProcessor.name);
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly schedules: FireSchedules,
    private readonly settings: Settings,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), this.settings.SWEEP_INTERVAL_MS);
    void this.look();
  }

  async process(): Promise<void> {
    // A look under way may have begun before this time came.
    await this.looking;
    await this.look();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn(`schedules worker: ${error.message}`);
  }

  /** Before the pool ends, else its last job dies with it. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.worker.close();
    await this.looking;
  }

  private look(): Promise<void> {
    this.looking ??= this.schedules
      .fireDue(new Date())
      .catch((error: unknown) => this.logger.warn(`cannot fire schedules just now: ${String(error)}`))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }
}
