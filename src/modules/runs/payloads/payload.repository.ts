import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../../platform/database/index.js';
import { RunEntity } from '../run.entity.js';
import { IS_ERASABLE, LIST_ERASABLE, REPLACE_EVENTS, REPLACE_PAYLOADS } from '../sql/erase-payloads.sql.js';
import type { Payloads } from './shown-payloads.js';

interface Erasable {
  organizationId: string;
  id: string;
  completedAt: Date;
}

/** The reads and the one write of erasing payloads. */
@Injectable()
export class PayloadRepository {
  constructor(private readonly database: Database) {}

  /** Runs of all organizations whose payloads are to be erased by now, those that ended first first; those that ended after `after`. */
  async listErasable(after: Date | null, limit: number): Promise<Erasable[]> {
    const { rows } = await this.database.run<{ organization_id: string; id: string; completed_at: Date }>(
      LIST_ERASABLE,
      [after, limit],
    );
    return rows.map((row) => ({ organizationId: row.organization_id, id: row.id, completedAt: row.completed_at }));
  }

  async isErasable(organizationId: string, id: string): Promise<boolean> {
    return (await this.database.run(IS_ERASABLE, [organizationId, id])).rows.length > 0;
  }

  /** Null when the run has been erased, removed or opened again meanwhile. */
  lockErasable(tx: Tx, organizationId: string, id: string): Promise<RunEntity | null> {
    return tx
      .createQueryBuilder(RunEntity, 'run')
      .where('run.organizationId = :organizationId and run.id = :id', { organizationId, id })
      .andWhere('run.sealed and run.completedAt is not null')
      .setLock('pessimistic_write')
      .getOne();
  }

  /** Leaves `left` of the run. Without events the run has none from number 1 on. */
  async replacePayloads(tx: Tx, { organizationId, id, lastSeq }: RunEntity, left: Payloads): Promise<void> {
    const [input, output, error] = [left.input, left.output, left.error].map((value) =>
      value === null ? null : JSON.stringify(value),
    );
    const last = left.events.length === 0 ? 0 : lastSeq;
    await tx.query(REPLACE_PAYLOADS, [organizationId, id, input ?? 'null', output, error, last]);
    await tx.query(REPLACE_EVENTS, [organizationId, id]);
    if (last === 0) return;
    await tx.query('insert into run_events (organization_id, run_id, last_seq, events) values ($1, $2, $3, $4)', [
      organizationId,
      id,
      last,
      JSON.stringify(left.events),
    ]);
  }
}
