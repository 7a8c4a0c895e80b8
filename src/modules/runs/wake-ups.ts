import { Injectable } from '@nestjs/common';
import { Signals } from '../../platform/signals/index.js';
import { Doorbell } from './jobs/doorbell.js';

/** Tells those who wait what has just been committed. */
@Injectable()
export class WakeUps {
  constructor(
    private readonly signals: Signals,
    private readonly doorbell: Doorbell,
  ) {}

  cancelled(id: string): void {
    this.signals.send('run_cancelled', id);
    this.signals.send('run_changed', id);
  }

  signalled(id: string): void {
    this.signals.send('run_signalled', id);
    this.doorbell.ring();
  }

  due(id: string): void {
    this.signals.send('run_changed', id);
    this.doorbell.ring();
  }
}
