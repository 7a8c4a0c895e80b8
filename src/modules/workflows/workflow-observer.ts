import type { Tx } from '../../platform/database/index.js';
import type { WorkflowEntity } from './workflow.entity.js';

/** A head as an observer sees it. */
export type ObservedWorkflow = Pick<WorkflowEntity, 'organizationId' | 'id' | 'status' | 'trigger'>;

/**
 * Told of every new and changed head, in the transaction that writes it: what is derived from heads never misses a change. Rooms above this
 * one provide it.
 */
export abstract class WorkflowObserver {
  abstract changed(tx: Tx, workflow: ObservedWorkflow): Promise<void>;
}
