import type { Json } from '#libs/json-guard';
import { isTransient } from '../../platform/database/index.js';
import type { RunPayloads } from './payloads/run-payloads.js';
import type { RunJournal } from './run-journal.js';
import type { ClaimedRun } from './run-ledger.js';
import type { RunRepository } from './run.repository.js';

/** What comes from outside to the steps of a run in hand. */
export class RunNews {
  /** By step id. */
  readonly signals = new Map<string, Json>();

  constructor(
    private readonly run: Pick<ClaimedRun, 'organizationId' | 'id' | 'signals' | 'sealed'>,
    private readonly runs: RunRepository,
    private readonly journal: RunJournal,
    private readonly payloads: RunPayloads,
  ) {
    journal.signals = run.signals;
  }

  /**
   * Reads what has been sent so far. A run that nobody has sent anything costs no statement when it is taken up.
   * @param force also then
   */
  async read(force = false): Promise<void> {
    if (this.run.signals === 0 && !force) return;
    const { count, payloads } = await this.runs.listSignals(this.run.organizationId, this.run.id);
    for (const [stepId, payload] of payloads)
      this.signals.set(stepId, await this.payloads.openValue(this.run, payload));
    this.journal.signals = count;
  }

  /** The same while the run is executed. What cannot be read now is read when the run is taken up again: it will not be parked for long. */
  async refresh(listener: () => void): Promise<void> {
    try {
      await this.read(true);
      listener();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
}
