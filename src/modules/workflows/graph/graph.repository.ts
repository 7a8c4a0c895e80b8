import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { Database } from '../../../platform/database/index.js';
import type { TriggerDefinition } from '../definition.js';
import { type GraphSort, listGraphs } from '../sql/list-graphs.sql.js';
import type { WorkflowStatus } from '../workflow.status.js';

/** A workflow as clients of graphs see it. Archived ones are gone. */
export interface GraphHead {
  id: string;
  name: string;
  description: string | null;
  status: Exclude<WorkflowStatus, 'archived'>;
  version: number;
  trigger: TriggerDefinition;
  variables: JsonObject;
  color: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Counted up to 10,000. */
  runCount: number;
  lastRunAt: Date | null;
}

export interface GraphListQuery {
  limit: number;
  offset: number;
  /** Part of the name, in any case. */
  search?: string;
  /** Only these workflows. */
  within?: readonly string[] | undefined;
  sort: GraphSort;
  order: 'asc' | 'desc';
}

@Injectable()
export class GraphRepository {
  constructor(private readonly database: Database) {}

  /** @returns a page, and how many there are in all; null when the page is beyond them */
  async listGraphs(
    organizationId: string,
    { sort, order, limit, offset, search, within }: GraphListQuery,
  ): Promise<{ graphs: GraphHead[]; total: number } | null> {
    const pattern = search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    const values = [organizationId, within ?? null, pattern, limit, offset];
    const { rows } = await this.database.run<GraphRow>(listGraphs(sort, order), values);
    return rows[0] ? { graphs: rows.map(toHead), total: rows[0].total } : null;
  }
}

interface GraphRow {
  id: string;
  name: string;
  description: string | null;
  status: GraphHead['status'];
  version: number;
  trigger: TriggerDefinition;
  created_at: Date;
  updated_at: Date;
  last_run_at: Date | null;
  total: number;
  variables: JsonObject | null;
  color: string | null;
  run_count: number;
}

const toHead = (row: GraphRow): GraphHead => ({
  id: row.id,
  name: row.name,
  description: row.description,
  status: row.status,
  version: row.version,
  trigger: row.trigger,
  variables: row.variables ?? {},
  color: row.color,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  runCount: row.run_count,
  lastRunAt: row.last_run_at,
});
