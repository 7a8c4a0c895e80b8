import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { lowestIdAt } from '#libs/ids';
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
export const RUN_HANDLE = [
  'organizationId',
  'id',
  'workflowId',
  'versionId',
  'status',
  'sealed',
  'concurrencyKey',
] as const;
export type RunHandle = Pick<RunEntity, (typeof RUN_HANDLE)[number]>;

/** One condition a member, with its parameter named like the member. */
const CONDITIONS: { [Member in keyof Omit<RunFilter, 'limit' | 'errorCode'>]-?: string } = {
  ids: 'run.id = any(:ids)',
  workflowId: 'run.workflowId = :workflowId',
  status: 'run.status = :status',
  statuses: 'run.status = any(:statuses)',
  within: 'run.workflowId = any(:within)',
  trigger: 'run.trigger = :trigger',
  since: 'run.createdAt >= :since and run.id >= :sinceId',
  until: 'run.createdAt < :until and run.id < :untilId',
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
  query.setParameters(idBounds(filter));
  if (filter.errorCode !== undefined) {
    const { codes, others } = storedCodesOf(filter.errorCode);
    query.andWhere(`(run.error ->> 'code') ${others ? '<> all' : '= any'}(:codes)`, { codes });
  }
  return query;
}

/**
 * How far the time in an id and `created_at` may lie apart: the first is of the process that accepted the run, the second of the database that
 * wrote it, maybe after waiting for a connection.
 */
const ID_SLACK_MS = 60_000;

/** The times of a filter as ids, so that the indexes, which are all in the order of ids, are read from there on. */
function idBounds({ since, until }: RunFilter): { sinceId?: string; untilId?: string } {
  return {
    ...(since && { sinceId: lowestIdAt(new Date(Math.max(0, since.getTime() - ID_SLACK_MS))) }),
    ...(until && { untilId: lowestIdAt(new Date(Math.max(0, until.getTime() + ID_SLACK_MS))) }),
  };
}
