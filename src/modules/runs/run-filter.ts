import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { RunEntity, type RunTrigger } from './run.entity.js';
import { type ErrorCode, storedCodesOf } from './run.errors.js';
import type { RunStatus } from './run.status.js';

/** Which runs; members left out do not narrow. */
export interface RunFilter {
  ids?: readonly string[];
  workflowId?: string;
  status?: RunStatus;
  /** Only runs in one of these. */
  statuses?: readonly RunStatus[];
  /** Only runs of these workflows. */
  within?: readonly string[];
  trigger?: RunTrigger;
  errorCode?: ErrorCode;
  since?: Date;
  until?: Date;
  /** Only runs older than this one. */
  before?: string;
  /** Only runs newer than this one. */
  after?: string;
  limit: number;
}

/** What must be known of a run to change it. */
export const RUN_HANDLE = ['organizationId', 'id', 'workflowId', 'versionId', 'status', 'concurrencyKey'] as const;
export type RunHandle = Pick<RunEntity, (typeof RUN_HANDLE)[number]>;

/** One condition a member, with its parameter named like the member. */
const CONDITIONS: { [Member in keyof Omit<RunFilter, 'limit' | 'errorCode'>]-?: string } = {
  ids: 'run.id = any(:ids)',
  workflowId: 'run.workflowId = :workflowId',
  status: 'run.status = :status',
  statuses: 'run.status = any(:statuses)',
  within: 'run.workflowId = any(:within)',
  trigger: 'run.trigger = :trigger',
  since: 'run.createdAt >= :since',
  until: 'run.createdAt < :until',
  before: 'run.id < :before',
  after: 'run.id > :after',
};

/** Newest first: ids are UUIDv7, so the primary key is in the order of creation. */
export function selectRuns(
  manager: EntityManager,
  organizationId: string,
  filter: RunFilter,
): SelectQueryBuilder<RunEntity> {
  const query = manager
    .createQueryBuilder(RunEntity, 'run')
    .where('run.organizationId = :organizationId', { organizationId })
    .orderBy('run.id', 'DESC')
    .limit(filter.limit);
  for (const [member, condition] of Object.entries(CONDITIONS)) {
    const value = filter[member as keyof typeof CONDITIONS];
    if (value !== undefined) query.andWhere(condition, { [member]: value });
  }
  if (filter.errorCode !== undefined) {
    const { codes, others } = storedCodesOf(filter.errorCode);
    query.andWhere(`(run.error ->> 'code') ${others ? '<> all' : '= any'}(:codes)`, { codes });
  }
  return query;
}
