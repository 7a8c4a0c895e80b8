import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../../platform/config/index.js';
import { Signals } from '../../platform/signals/index.js';
import { ExecuteRun } from './execute-run.js';
import { Doorbell } from './jobs/doorbell.js';
import type { StopReason } from './run-ending.js';
import { type ClaimedRun, RunLedger } from './run-ledger.js';

interface InHand {
  run: ClaimedRun;
  stop: AbortController;
  finished: Promise<void>;
}

/** A parked run that comes due before the next sweep is woken by a timer, this many milliseconds late so that it surely is due. */
const WAKE_MARGIN_MS = 2;
/** A queue that is out of reach does not hold up the end of the process. */
const BELL_PATIENCE_MS = 1_000;

/**
 * Claims due runs and executes them, up to WORKER_CONCURRENCY at a time. It looks for work when the doorbell rings, when a slot becomes
 * free, when a parked run comes due, and in any case every SWEEP_INTERVAL_MS; so a lost bell costs time, never a run.
 */
@Injectable()
export class RunWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RunWorker.name);
  private readonly inHand = new Map<string, InHand>();
  private claiming = false;
  private claims: Promise<void> = Promise.resolve();
  private rung = false;
  private nextWake = Infinity;
  private stopping = false;
  private sweepTimer: NodeJS.Timeout | undefined;
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private wakeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: RunLedger,
    private readonly executor: ExecuteRun,
    private readonly doorbell: Doorbell,
    private readonly signals: Signals,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.doorbell.answer(() => this.look());
    this.sweepTimer = setInterval(() => void this.sweep(), this.settings.SWEEP_INTERVAL_MS);
    this.heartbeatTimer = setInterval(() => void this.beat(), this.settings.RUN_LEASE_MS / 3);
    void this.sweep();
  }

  /** Stops claiming, waits for the runs in hand, and hands over to other workers what does not end in time. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweepTimer);
    clearTimeout(this.wakeTimer);
    const patience = setTimeout(() => {
      for (const { stop } of this.inHand.values()) stop.abort('shutdown' satisfies StopReason);
    }, this.settings.SHUTDOWN_TIMEOUT_MS);
    // What a claim under way brings is in hand too.
    await this.claims;
    await Promise.all([...this.inHand.values()].map(({ finished }) => finished));
    clearTimeout(patience);
    clearInterval(this.heartbeatTimer);
    await Promise.race([this.doorbell.ringOthers(), delay(BELL_PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Claims until nothing is due or no slot is free; looks asked for meanwhile are one more. */
  private look(): boolean {
    this.rung = true;
    if (!this.claiming) this.claims = this.claimWhileRung();
    return !this.stopping && this.inHand.size < this.settings.WORKER_CONCURRENCY;
  }

  private async claimWhileRung(): Promise<void> {
    this.claiming = true;
    try {
      while (this.rung && !this.stopping) {
        this.rung = false;
        const free = this.settings.WORKER_CONCURRENCY - this.inHand.size;
        if (free <= 0) break;
        const claimed = await this.claim(free);
        for (const run of claimed) this.take(run);
        if (claimed.length === free) this.rung = true;
      }
    } catch (error) {
      this.logger.warn(`cannot claim runs just now: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.claiming = false;
    }
  }

  private claim(limit: number): Promise<ClaimedRun[]> {
    return this.ledger.claim(limit, {
      leaseMs: this.settings.RUN_LEASE_MS,
      concurrency: this.settings.ORGANIZATION_CONCURRENCY,
      maxCrashes: this.settings.RUN_MAX_CRASHES,
      lastChance: ![...this.inHand.values()].some(({ run }) => run.lastChance),
    });
  }

  private take(run: ClaimedRun): void {
    const stop = new AbortController();
    const abort = (reason: StopReason) => stop.abort(reason);
    const deadline = setTimeout(() => abort('deadline'), Math.min(run.remainingMs, 2 ** 31 - 1));
    const unlisten = this.signals.on('run_cancelled', run.id, () => void this.beat());
    const finished = this.executor.execute(run, stop.signal).then((wakeAt) => {
      clearTimeout(deadline);
      unlisten();
      if (this.inHand.get(run.id)?.stop === stop) this.inHand.delete(run.id);
      if (wakeAt) this.wakeAt(wakeAt.getTime());
      this.look();
    });
    this.inHand.get(run.id)?.stop.abort('lost' satisfies StopReason);
    this.inHand.set(run.id, { run, stop, finished });
  }

  /** Keeps the leases of the runs in hand, and stops those that were cancelled or taken over. */
  private async beat(): Promise<void> {
    const held = [...this.inHand.values()];
    if (held.length === 0) return;
    try {
      const leases = await this.ledger.heartbeat(
        held.map(({ run }) => run),
        this.settings.RUN_LEASE_MS,
      );
      for (const { run, stop } of held) {
        const lease = leases.get(run.id);
        if (!lease && this.inHand.get(run.id)?.stop === stop) stop.abort('lost' satisfies StopReason);
        else if (lease?.cancel) stop.abort('cancelled' satisfies StopReason);
      }
    } catch (error) {
      this.logger.warn(`heartbeat failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async sweep(): Promise<void> {
    try {
      for (const id of await this.ledger.endOverdue(this.settings.RUN_MAX_CRASHES))
        this.signals.send('run_changed', id);
      await this.ledger.admitStalled();
      await this.lookAhead();
    } catch (error) {
      this.logger.warn(`sweep failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async lookAhead(): Promise<void> {
    const inMs = await this.ledger.nextDueIn(this.settings.SWEEP_INTERVAL_MS);
    if (inMs === null) return;
    if (inMs <= 0) this.look();
    else this.wakeAt(Date.now() + inMs);
  }

  /** Looks again at `time` (epoch milliseconds); the earliest wake-up asked for wins, and the next is planned when it comes. */
  private wakeAt(time: number): void {
    if (this.stopping || time >= this.nextWake || time > Date.now() + this.settings.SWEEP_INTERVAL_MS) return;
    this.nextWake = time;
    clearTimeout(this.wakeTimer);
    this.wakeTimer = setTimeout(() => this.wake(), Math.max(0, time - Date.now()) + WAKE_MARGIN_MS);
  }

  private wake(): void {
    this.nextWake = Infinity;
    this.look();
    this.lookAhead().catch((error: unknown) => this.logger.warn(`cannot plan the next wake-up: ${String(error)}`));
  }
}
