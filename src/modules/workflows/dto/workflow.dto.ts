import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Length, MaxLength, ValidateNested } from 'class-validator';
import { formatId } from '#libs/ids';
import type { Json } from '#libs/json-guard';
import { FreeForm, PageQuery } from '../../../platform/http/index.js';
import type { WorkflowEntity } from '../workflow.entity.js';
import type { WorkflowVersionEntity } from '../workflow-version.entity.js';
import { WORKFLOW_STATUSES, type WorkflowStatus } from '../workflow.status.js';
import { GraphDto, toGraphDto } from './graph.dto.js';
import { StepDto } from './step.dto.js';
import { TriggerDto } from './trigger.dto.js';
import { WorkflowSettingsDto } from './workflow-settings.dto.js';

/** A new workflow. It starts as a draft. */
export class CreateWorkflowDto {
  /**
   * 1 to 255 characters.
   * @example "Process Customer Order"
   */
  @IsString()
  @Length(1, 255)
  name: string;

  /**
   * What the workflow is for.
   * @example "Create invoice and send confirmation for customer order"
   */
  @IsOptional()
  @IsString()
  @MaxLength(5_000)
  description?: string;

  /** How runs of the workflow start. */
  @ValidateNested()
  @Type(() => TriggerDto)
  trigger: TriggerDto;

  /**
   * JSON Schema (draft 2020-12) that the input of each run must satisfy; its defaults are filled in. At most 64 KiB. Patterns are matched in
   * linear time, so lookaheads and back-references are refused.
   * @example { "type": "object", "required": ["customerId"], "properties": { "customerId": { "type": "string" } } }
   */
  @IsOptional()
  @FreeForm('schema')
  inputSchema?: Json;

  /**
   * JSON Schema (draft 2020-12) that the output of each run must satisfy.
   * @example { "type": "object" }
   */
  @IsOptional()
  @FreeForm('schema')
  outputSchema?: Json;

  /** What the workflow does, in order. */
  @IsArray()
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => StepDto)
  steps: StepDto[];

  /** Limits of the workflow's runs. */
  @IsOptional()
  @ValidateNested()
  @Type(() => WorkflowSettingsDto)
  settings?: WorkflowSettingsDto;
}

/** A change of a workflow. Members left out stay as they are. */
export class UpdateWorkflowDto {
  /**
   * 1 to 255 characters.
   * @example "Process Customer Order"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  name?: string;

  /**
   * What the workflow is for.
   * @example "Create invoice and send confirmation for customer order"
   */
  @IsOptional()
  @IsString()
  @MaxLength(5_000)
  description?: string;

  /** How runs of the workflow start. */
  @IsOptional()
  @ValidateNested()
  @Type(() => TriggerDto)
  trigger?: TriggerDto;

  /**
   * JSON Schema (draft 2020-12) that the input of each run must satisfy.
   * @example { "type": "object" }
   */
  @IsOptional()
  @FreeForm('schema')
  inputSchema?: Json;

  /**
   * JSON Schema (draft 2020-12) that the output of each run must satisfy.
   * @example { "type": "object" }
   */
  @IsOptional()
  @FreeForm('schema')
  outputSchema?: Json;

  /** What the workflow does, in order. Replaces all steps. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => StepDto)
  steps?: StepDto[];

  /** Limits of the workflow's runs. */
  @IsOptional()
  @ValidateNested()
  @Type(() => WorkflowSettingsDto)
  settings?: WorkflowSettingsDto;

  /**
   * Why the workflow was changed; kept with the new version.
   * @example "Raise the tax to 8 %"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  changeSummary?: string;
}

/** Which workflows to list. */
export class ListWorkflowsQuery extends PageQuery {
  /**
   * Only workflows in this status.
   * @example active
   */
  @IsOptional()
  @IsIn(WORKFLOW_STATUSES)
  status?: WorkflowStatus;

  /**
   * Only workflows whose name contains this text, in any case.
   * @example order
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  search?: string;
}

/** A workflow, as listed. */
export class WorkflowSummaryDto {
  /**
   * Unique identifier of the workflow.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The name its author gave it.
   * @example "Process Customer Order"
   */
  name: string;

  /**
   * What the workflow is for; null without one.
   * @example "Create invoice and send confirmation for customer order"
   */
  description: string | null;

  /**
   * Only an active workflow runs.
   * @example active
   */
  status: WorkflowStatus;

  /**
   * Number of the current version, from 1.
   * @example 3
   */
  version: number;

  /** How runs of the workflow start. */
  trigger: TriggerDto;

  /**
   * When the workflow was created (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When the workflow was last changed (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  updatedAt: string;
}

/** A workflow with its current definition. */
export class WorkflowDto extends WorkflowSummaryDto {
  /**
   * JSON Schema of the input; null when any object will do.
   * @example { "type": "object" }
   */
  @FreeForm('schema')
  inputSchema: Json;

  /**
   * JSON Schema of the output; null when it is not checked.
   * @example null
   */
  @FreeForm('schema')
  outputSchema: Json;

  /** What the workflow does, in order; empty where it is a graph. */
  steps: StepDto[];

  /** Blocks and edges of a workflow that is a graph; else null. Changed by `PUT /api/workflows/{id}/graph`. */
  graph: GraphDto | null;

  /** Limits of the workflow's runs. */
  settings: WorkflowSettingsDto;
}

export function toWorkflowSummaryDto(workflow: WorkflowEntity): WorkflowSummaryDto {
  return {
    id: formatId('wf', workflow.id),
    name: workflow.name,
    description: workflow.description,
    status: workflow.status,
    version: workflow.version,
    trigger: workflow.trigger,
    createdAt: workflow.createdAt.toISOString(),
    updatedAt: workflow.updatedAt.toISOString(),
  };
}

export function toWorkflowDto(workflow: WorkflowEntity, version: WorkflowVersionEntity): WorkflowDto {
  const { inputSchema = null, outputSchema = null, steps, graph, settings = {} } = version.definition;
  return {
    ...toWorkflowSummaryDto(workflow),
    inputSchema,
    outputSchema,
    steps,
    graph: graph ? toGraphDto(graph) : null,
    settings,
  };
}
