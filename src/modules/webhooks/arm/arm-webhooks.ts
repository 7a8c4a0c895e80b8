import { Injectable } from '@nestjs/common';
import { Database, retryDeadlocks, type Tx } from '../../../platform/database/index.js';
import { invalidStatus } from '../../../platform/errors/index.js';
import { workflowNotFound } from '../../workflows/index.js';

/**
 * Lets the webhooks of a workflow that is not active take exactly one call within ten minutes, all of them together. Times are the database's, so
 * that processes with wrong clocks agree (reliability D5).
 */
@Injectable()
export class ArmWebhooks {
  constructor(private readonly database: Database) {}

  /**
   * Arms, or begins the ten minutes anew; never adds a second call.
   * @returns until when
   * @throws DomainError NOT_FOUND; INVALID_STATUS for an archived workflow
   */
  async arm(organizationId: string, workflowId: string): Promise<Date> {
    const [armed] = await retryDeadlocks(() =>
      this.database.manager.query<{ armed_until: Date | null }[]>(ARM, [organizationId, workflowId]),
    );
    if (!armed) throw workflowNotFound();
    if (armed.armed_until === null) {
      throw invalidStatus('An archived workflow cannot be armed. Current status: archived');
    }
    return armed.armed_until;
  }

  async disarm(organizationId: string, workflowId: string): Promise<void> {
    await this.database.transaction((tx) => this.disarmWithin(tx, organizationId, workflowId));
  }

  async disarmWithin(tx: Tx, organizationId: string, workflowId: string): Promise<void> {
    await tx.query('delete from webhook_arms where organization_id = $1 and workflow_id = $2', [
      organizationId,
      workflowId,
    ]);
  }

  /** Whether a call would be taken at this moment; only {@link take} decides. */
  async isArmed(organizationId: string, workflowId: string): Promise<boolean> {
    return (await this.database.run(IS_ARMED, [organizationId, workflowId])).rows.length > 0;
  }

  /**
   * Takes the one call, as a part of the transaction that inserts its run: of many at once one gets true, and if that one does not commit, another
   * may.
   */
  async take(tx: Tx, organizationId: string, workflowId: string): Promise<boolean> {
    const [rows] = await tx.query<[unknown[], number]>(TAKE, [organizationId, workflowId]);
    return rows.length > 0;
  }
}

/**
 * The workflow's row is locked first, as every change of a workflow does, so that arming and deploying never wait for each other in a circle. One
 * row with null for an archived workflow, none for an unknown one.
 */
const ARM = `
with workflow as (
  select organization_id, id, status from workflows where organization_id = $1 and id = $2 for key share
), armed as (
  insert into webhook_arms as a (organization_id, workflow_id, armed_until)
  select organization_id, id, now() + interval '10 minutes' from workflow where status <> 'archived'
  on conflict (organization_id, workflow_id) do update set armed_until = greatest(a.armed_until, excluded.armed_until)
  returning armed_until
)
select (select armed_until from armed) as armed_until from workflow`;

const IS_ARMED = {
  name: 'webhooks.is-armed',
  text: 'select 1 from webhook_arms where organization_id = $1 and workflow_id = $2 and armed_until > now()',
};

/** By the clock and not by the transaction's beginning: it may have waited for another one. */
const TAKE = `
delete from webhook_arms where organization_id = $1 and workflow_id = $2 and armed_until > clock_timestamp() returning 1`;
