import { setTimeout } from 'node:timers/promises';
import { type Journal, LeaseLost, type StepEvent } from '#libs/engine';
import { isTransient, violates } from '../../platform/database/index.js';
import type { RunEvent } from './run.events.js';
import type { ProgressWrite, RunLedger } from './run-ledger.js';

/** Events wait this long for the next write of the run before they are written by themselves, so that watchers see slow steps start. */
const SHOW_AFTER_MS = 100;
/** Between two tries of a write while the database is out of reach. */
const RETRY_MS = 250;

export type Ending = Pick<ProgressWrite, 'status' | 'output' | 'error' | 'wakeAt'>;
const STILL_RUNNING: Ending = { status: 'running', output: null, error: null, wakeAt: null };

/**
 * The journal of a run in hand. Events are numbered here, since only the holder of the attempt token appends; they are written in order,
 * one write at a time, and each write is fenced by the token.
 */
export class RunJournal implements Journal {
  private pending: RunEvent[] = [];
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** How many signals the execution has looked at. */
  signals = 0;

  constructor(
    private readonly ledger: RunLedger,
    private readonly run: { organizationId: string; id: string; token: string; sealed: boolean },
    private lastSeq: number,
    private readonly patienceMs: number,
    /** Told after events have become durable. */
    private readonly written: () => void,
  ) {}

  record(event: StepEvent): void {
    this.append(event);
  }

  append(event: RunEvent): void {
    this.pending.push(event);
    this.timer ??= globalThis.setTimeout(() => {
      // A lost lease shows at the next commit; there is nobody to tell here.
      this.commit().catch(() => undefined);
    }, SHOW_AFTER_MS);
  }

  commit(): Promise<void> {
    return this.write(STILL_RUNNING);
  }

  /** Writes what is pending together with the status in which this execution leaves the run. */
  close(ending: Ending): Promise<void> {
    return this.write(ending);
  }

  private write(ending: Ending): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.writeNow(ending));
    return this.writing;
  }

  private async writeNow(ending: Ending): Promise<void> {
    if (this.pending.length === 0 && ending.status === 'running') return;
    const events = this.pending;
    this.pending = [];
    this.lastSeq += events.length;
    if (!(await this.persist({ ...this.run, ...ending, signals: this.signals, lastSeq: this.lastSeq, events })))
      throw new LeaseLost();
    this.written();
  }

  /** A database out of reach is waited for as long as the lease may hold; nothing of the run goes on meanwhile. */
  private async persist(write: ProgressWrite): Promise<boolean> {
    const giveUpAt = Date.now() + this.patienceMs;
    for (;;) {
      try {
        return await this.ledger.write(write);
      } catch (error) {
        // The lost answer of a write that did commit.
        if (violates(error, 'run_events_pkey')) return true;
        if (!isTransient(error) || Date.now() > giveUpAt) throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }
}
