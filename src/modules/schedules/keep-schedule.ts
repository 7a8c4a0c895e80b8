import { isDeepStrictEqual } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Tx } from '../../platform/database/index.js';
import {
  type ObservedWorkflow,
  type ScheduleDefinition,
  type WorkflowObserver,
  WorkflowObservers,
} from '../workflows/index.js';
import { ScheduleBell } from './jobs/schedule-bell.js';
import type { ScheduleEntity } from './schedule.entity.js';
import { ScheduleRepository } from './schedule.repository.js';
import { nextRunAt } from './times.js';

/**
 * Keeps the schedules as the workflows say, in the transactions that change those. A definition that stays the same keeps its next run, so that
 * an edit of steps does not shift it; a workflow that becomes active counts from then on.
 */
@Injectable()
export class KeepSchedule implements WorkflowObserver, OnModuleInit {
  constructor(
    private readonly observers: WorkflowObservers,
    private readonly schedules: ScheduleRepository,
    private readonly bell: ScheduleBell,
  ) {}

  onModuleInit(): void {
    this.observers.join(this);
  }

  async changed(tx: Tx, workflow: ObservedWorkflow): Promise<void> {
    const { organizationId, id, trigger } = workflow;
    if (trigger.type !== 'schedule') {
      await this.schedules.deleteSchedule(tx, organizationId, id);
      this.bell.remove(id);
      return;
    }
    const old = await this.schedules.lockSchedule(tx, organizationId, id);
    const schedule = change(old, workflow, trigger, new Date());
    await this.schedules.saveSchedule(tx, schedule);
    this.bell.set(schedule);
  }
}

function change(
  old: ScheduleEntity | null,
  { organizationId, id, status }: ObservedWorkflow,
  definition: ScheduleDefinition,
  now: Date,
): ScheduleEntity {
  const same = isDeepStrictEqual(old?.definition, definition);
  const schedule: ScheduleEntity = {
    organizationId,
    workflowId: id,
    definition,
    anchorAt: now,
    nextRunAt: null,
    lastRunAt: old?.lastRunAt ?? null,
    lastRunId: old?.lastRunId ?? null,
    lastError: (same && old?.lastError) || null,
    runsStarted: (same && old?.runsStarted) || 0,
  };
  if (status !== 'active' || definition.enabled === false) return schedule;
  if (same && old?.nextRunAt) return { ...schedule, anchorAt: old.anchorAt, nextRunAt: old.nextRunAt };
  return { ...schedule, nextRunAt: nextRunAt(schedule, now) };
}
