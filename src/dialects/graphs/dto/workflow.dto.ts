import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { GraphDefinition, GraphHead } from '../../../modules/workflows/index.js';
import { GraphBlockDto, GraphEdgeDto, toGraphBlockDto, toGraphEdgeDto } from './graph.dto.js';

/** A workflow to create or change. Members that are not named here are ignored. */
export class GraphWorkflowBodyDto {
  /**
   * Needed where a workflow is created; 1 to 255 characters.
   * @example "Document Summarizer"
   */
  name?: string;

  /**
   * What the workflow is for.
   * @example "Summarizes uploaded documents"
   */
  description?: string;

  /**
   * Defaults of a run's variables.
   * @example { "language": "en" }
   */
  @FreeForm()
  variables?: JsonObject;

  /**
   * For editors.
   * @example "#3b82f6"
   */
  color?: string;
}

/** A new workflow. */
export class GraphWorkflowCreatedDto {
  /**
   * Unique identifier of the workflow.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The name its author gave it.
   * @example "Document Summarizer"
   */
  name: string;
}

/** A workflow, as listed. */
export class GraphWorkflowSummaryDto extends GraphWorkflowCreatedDto {
  /**
   * What the workflow is for.
   * @example "Summarizes uploaded documents"
   */
  description: string | null;

  /**
   * Defaults of a run's variables.
   * @example { "language": "en" }
   */
  @FreeForm()
  variables: JsonObject;

  /**
   * Number of the current version, from 1.
   * @example 3
   */
  version: number;

  /**
   * For editors.
   * @example "#3b82f6"
   */
  color: string | null;

  /**
   * When it was created (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  created_at: string;

  /**
   * When it was last changed (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  updated_at: string;

  /**
   * `deployed`: its webhooks and its schedule start runs. `internal`: they do not.
   * @example deployed
   */
  state: 'internal' | 'deployed';

  /**
   * When the workflow starts by itself; null without a schedule.
   * @example { "type": "schedule", "cron": "0 9 * * 1-5" }
   */
  @FreeForm()
  schedule_config: JsonObject | null;

  /**
   * How often it has run, as far as the runs are kept, counted up to 10,000.
   * @example 17
   */
  execution_count: number;

  /**
   * When the last run was started (ISO 8601); null before the first.
   * @example 2026-11-22T10:00:00.000Z
   */
  last_execution_at: string | null;
}

/** A workflow with its graph. */
export class GraphWorkflowDto extends GraphWorkflowSummaryDto {
  /** What it does. The configuration of a webhook block holds its secret. */
  blocks: GraphBlockDto[];

  /** In which order, and on which condition. */
  edges: GraphEdgeDto[];
}

/** Workflows, and where in all of them they stand. */
export class GraphWorkflowListDto {
  /** A page of them. */
  workflows: GraphWorkflowSummaryDto[];

  /**
   * How many there are in all.
   * @example 1
   */
  total: number;

  /**
   * How many a page has at most.
   * @example 50
   */
  limit: number;

  /**
   * How many were left out before them.
   * @example 0
   */
  offset: number;
}

/** It was done. */
export class GraphOkDto {
  /**
   * Always true.
   * @example true
   */
  ok: boolean;
}

/** A graph was saved. */
export class GraphSavedDto extends GraphOkDto {
  /**
   * How many blocks it has.
   * @example 3
   */
  blocks: number;

  /**
   * How many edges it has.
   * @example 2
   */
  edges: number;
}

/** A workflow was deployed, or is not any more. */
export class GraphStateDto extends GraphOkDto {
  /**
   * The state it is in.
   * @example deployed
   */
  state: 'internal' | 'deployed';
}

/** A workflow was armed. */
export class GraphArmedDto extends GraphOkDto {
  /**
   * Until when one call is taken (ISO 8601).
   * @example 2026-11-24T10:10:00.000Z
   */
  armed_until: string;
}

export const toGraphWorkflowSummaryDto = (head: GraphHead): GraphWorkflowSummaryDto => ({
  id: head.id,
  name: head.name,
  description: head.description,
  variables: head.variables,
  version: head.version,
  color: head.color,
  created_at: head.createdAt.toISOString(),
  updated_at: head.updatedAt.toISOString(),
  state: head.status === 'active' ? 'deployed' : 'internal',
  schedule_config: head.trigger.type === 'schedule' ? { ...head.trigger } : null,
  execution_count: head.runCount,
  last_execution_at: head.lastRunAt?.toISOString() ?? null,
});

export const toGraphWorkflowDto = (head: GraphHead & { graph: GraphDefinition }): GraphWorkflowDto => ({
  ...toGraphWorkflowSummaryDto(head),
  blocks: head.graph.blocks.map(toGraphBlockDto),
  edges: head.graph.edges.map(toGraphEdgeDto),
});
