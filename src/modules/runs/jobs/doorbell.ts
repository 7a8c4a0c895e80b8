import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QUEUES } from '../../../platform/queue/index.js';

/** What answers the bell in this process. Returns whether it has room for more work. */
type Answer = () => boolean;

/**
 * Tells workers that a run may be due. In a process with a worker this is a function call; other processes are rung through the queue when
 * there is no worker here or it is busy. The job carries nothing and is de-duplicated, so at most two bells hang in the queue.
 */
@Injectable()
export class Doorbell {
  private readonly logger = new Logger(Doorbell.name);
  private answerer: Answer | undefined;
  private ringing: Promise<void> | undefined;
  private again = false;

  constructor(@InjectQueue(QUEUES.runs) private readonly queue: Queue) {}

  /** Called by the worker of this process, if there is one. */
  answer(answerer: Answer): void {
    this.answerer = answerer;
  }

  /** Call after the commit that made a run due. Never throws: the sweep finds what a lost bell did not announce. */
  ring(): void {
    if (!this.answerer?.()) void this.ringOthers();
  }

  /** Rings past the worker of this process. Resolves when the bell is in the queue; never rejects. */
  ringOthers(): Promise<void> {
    this.again = true;
    this.ringing ??= this.ringQueue();
    return this.ringing;
  }

  /** A bell rang in the queue. */
  heard(): void {
    this.answerer?.();
  }

  private async ringQueue(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        await this.queue.add('due', {}, { deduplication: { id: 'due', keepLastIfActive: true } });
      } catch (error) {
        this.logger.warn(`the doorbell is out of order: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.ringing = undefined;
  }
}
