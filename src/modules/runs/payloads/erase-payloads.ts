import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../../platform/database/index.js';
import { DomainError } from '../../../platform/errors/index.js';
import { PlanCache, type Privacy } from '../../workflows/index.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { PayloadRepository } from './payload.repository.js';
import { RunPayloads } from './run-payloads.js';
import { erased } from './shown-payloads.js';

const BATCH = 100;

/** Erases the payloads of private runs that are over, when nobody may read or need them any more. */
@Injectable()
export class ErasePayloads {
  private readonly logger = new Logger(ErasePayloads.name);

  constructor(
    private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly erasable: PayloadRepository,
    private readonly plans: PlanCache,
    private readonly payloads: RunPayloads,
  ) {}

  /** What is due, of all organizations. One that cannot be erased now does not hold up the others. */
  async eraseDue(signal: AbortSignal): Promise<void> {
    for (let after: Date | null = null; !signal.aborted;) {
      const due = await this.erasable.listErasable(after, BATCH);
      for (const { organizationId, id } of due) {
        if (signal.aborted) return;
        await this.erase(organizationId, id);
      }
      if (due.length < BATCH) return;
      after = due.at(-1)?.completedAt ?? null;
    }
  }

  /** The same for a run that has just ended, where it is due at once. Never rejects: what fails is left to {@link eraseDue}. */
  async eraseIfDue(organizationId: string, id: string): Promise<void> {
    try {
      if (await this.erasable.isErasable(organizationId, id)) await this.erase(organizationId, id);
    } catch (error) {
      this.report(id, error);
    }
  }

  private async erase(organizationId: string, id: string): Promise<void> {
    try {
      await this.database.transaction(async (tx) => {
        const run = await this.erasable.lockErasable(tx, organizationId, id);
        if (!run) return;
        const events = await this.runs.listEvents(organizationId, id);
        const left = erased(await this.payloads.open({ ...run, events }), await this.privacyOf(run));
        await this.erasable.replacePayloads(tx, run, left);
      });
    } catch (error) {
      this.report(id, error);
    }
  }

  /** A version that this server cannot compile says no more what is to be hidden: everything is. */
  private async privacyOf(run: RunEntity): Promise<Privacy> {
    const hidden: Privacy = { store: run.store === 'none' ? 'none' : 'metadata', redact: [] };
    try {
      return (await this.plans.get(run.organizationId, run.versionId)).privacy ?? hidden;
    } catch (error) {
      if (error instanceof DomainError) return hidden;
      throw error;
    }
  }

  private report(runId: string, error: unknown): void {
    this.logger.error({ msg: 'payloads could not be erased; it is tried again', runId, err: error });
  }
}
