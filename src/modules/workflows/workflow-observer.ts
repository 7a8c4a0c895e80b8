import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/index.js';
import type { WorkflowDefinition } from './definition.js';
import type { WorkflowEntity } from './workflow.entity.js';

/** A head as an observer sees it, after the change. */
export type ObservedWorkflow = Pick<WorkflowEntity, 'organizationId' | 'id' | 'status' | 'trigger'>;

/** What has changed. */
export interface WorkflowChange {
  /** Of the new current version; null when that is still the same. */
  definition: WorkflowDefinition | null;
  statusChanged: boolean;
}

/** Told of every new and changed head, in the transaction that writes it: what is derived from heads never misses a change. */
export interface WorkflowObserver {
  /** Throwing refuses the change. */
  changed(tx: Tx, workflow: ObservedWorkflow, change: WorkflowChange): Promise<void>;
}

/** The observers. Rooms above this one join when their module starts, before the server takes requests. */
@Injectable()
export class WorkflowObservers {
  private readonly observers: WorkflowObserver[] = [];

  join(observer: WorkflowObserver): void {
    this.observers.push(observer);
  }

  /** One after the other: they share the transaction. */
  async changed(tx: Tx, workflow: ObservedWorkflow, change: WorkflowChange): Promise<void> {
    for (const observer of this.observers) await observer.changed(tx, workflow, change);
  }
}
