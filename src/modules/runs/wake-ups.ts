import { Injectable } from '@nestjs/common';
import { Signals } from '../../platform/signals/index.js';
import { ConcurrencyKeys } from './concurrency-keys.js';
import { Doorbell } from './jobs/doorbell.js';

/** Longest interval between sweeps: a start that is farther ahead is seen by one of them in time. */
const SWEPT_MS = 600_000;
/** A timer must not be early. */
const MARGIN_MS = 2;

interface StartingRun {
  organizationId: string;
  workflowId: string;
  concurrencyKey: string | null;
  startAt: Date | null;
}

/** Tells those who wait what has just been committed. */
@Injectable()
export class WakeUps {
  constructor(
    private readonly signals: Signals,
    private readonly doorbell: Doorbell,
    private readonly keys: ConcurrencyKeys,
  ) {}

  cancelled(id: string): void {
    this.signals.send('run_cancelled', id);
    this.signals.send('run_changed', id);
  }

  signalled(id: string): void {
    this.signals.send('run_signalled', id);
    this.doorbell.ring();
  }

  /** Runs have been inserted: they start now, or when their time has come or their key is free. */
  async started(runs: readonly StartingRun[]): Promise<void> {
    const now = Date.now();
    const later = runs.filter(({ startAt }) => startAt !== null && startAt.getTime() > now);
    for (const run of later) this.startLater(run, (run.startAt?.getTime() ?? now) - now);
    const keys = runs.flatMap((run) => (run.concurrencyKey === null ? [] : [{ ...run, key: run.concurrencyKey }]));
    if (keys.length > 0) await this.keys.admit(keys);
    if (later.length < runs.length) this.doorbell.ring();
  }

  /** Runs have been opened again. */
  async reopened(runs: readonly (Omit<StartingRun, 'startAt'> & { id: string })[]): Promise<void> {
    for (const { id } of runs) this.signals.send('run_changed', id);
    await this.started(runs.map((run) => ({ ...run, startAt: null })));
  }

  /** The end of a run may have let another one start. */
  released(): void {
    this.doorbell.ring();
  }

  /** For this process's lifetime; if it ends before, a sweep is some seconds later. */
  private startLater(run: StartingRun, inMs: number): void {
    if (inMs > SWEPT_MS) return;
    setTimeout(() => void this.started([run]).catch(() => undefined), inMs + MARGIN_MS).unref();
  }
}
