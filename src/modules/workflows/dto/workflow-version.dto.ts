import { IsIn, IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { formatId } from '#libs/ids';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { DefinitionDiff } from '../diff-definitions.js';
import type { WorkflowEntity } from '../workflow.entity.js';
import type { WorkflowVersionEntity } from '../workflow-version.entity.js';
import { GraphDto, toGraphDto } from './graph.dto.js';
import { StepDto } from './step.dto.js';
import { TriggerDto } from './trigger.dto.js';
import { WorkflowSettingsDto } from './workflow-settings.dto.js';

/** Which version to go back to. */
export class RollbackWorkflowDto {
  /**
   * Number of the version whose definition becomes current again.
   * @example 2
   */
  @IsInt()
  @Min(1)
  version: number;

  /**
   * Why; kept with the new version. `Rolled back to version N` by default.
   * @example "The tax was right before"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  changeSummary?: string;
}

/** A version, as listed. */
export class WorkflowVersionSummaryDto {
  /**
   * The workflow.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /**
   * Number of the version, from 1.
   * @example 3
   */
  version: number;

  /**
   * It is the one that runs.
   * @example true
   */
  current: boolean;

  /**
   * Why the workflow was changed; null without a reason.
   * @example "Raise the tax to 8 %"
   */
  changeSummary: string | null;

  /**
   * Who made it; null where nobody is known.
   * @example user_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  createdBy: string | null;

  /**
   * When it was made (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;
}

/** A version with its definition, which never changes. */
export class WorkflowVersionDto extends WorkflowVersionSummaryDto {
  /** How runs of the workflow start. */
  trigger: TriggerDto;

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

  /** Blocks and edges of a workflow that is a graph; else null. */
  graph: GraphDto | null;

  /** Limits of the workflow's runs. */
  settings: WorkflowSettingsDto;
}

/** A value that differs. */
export class ValueChangeDto {
  /**
   * `added` values have no `before`, `removed` ones no `after`.
   * @example changed
   */
  @IsIn(['added', 'removed', 'changed'])
  kind: 'added' | 'removed' | 'changed';

  /**
   * Where, as a JSON pointer (RFC 6901); items of arrays are compared by position.
   * @example /config/mapping/tax
   */
  path: string;

  /**
   * The value in the first version.
   * @example 0.07
   */
  @IsOptional()
  @FreeForm()
  before?: Json;

  /**
   * The value in the second version.
   * @example 0.08
   */
  @IsOptional()
  @FreeForm()
  after?: Json;
}

/** A step that differs. */
export class StepChangeDto {
  /**
   * The step's id.
   * @example calculate-total
   */
  id: string;

  /** What differs in it; paths start at the step. */
  changes: ValueChangeDto[];
}

/** How the steps differ. */
export class StepsDiffDto {
  /**
   * Ids of steps that only the second version has.
   * @example ["send-receipt"]
   */
  added: string[];

  /**
   * Ids of steps that only the first version has.
   * @example []
   */
  removed: string[];

  /** Steps that both have and that differ. */
  changed: StepChangeDto[];

  /**
   * The steps that both have stand in another order.
   * @example false
   */
  reordered: boolean;
}

/** How one version differs from another. */
export class WorkflowDiffDto {
  /**
   * The first version.
   * @example 2
   */
  from: number;

  /**
   * The second version.
   * @example 3
   */
  to: number;

  /** What differs outside the steps; paths start at the definition. */
  changes: ValueChangeDto[];

  /** How the steps differ. */
  steps: StepsDiffDto;
}

export const toVersionSummaryDto = (
  version: WorkflowVersionEntity,
  workflow: WorkflowEntity,
): WorkflowVersionSummaryDto => ({
  workflowId: formatId('wf', version.workflowId),
  version: version.version,
  current: version.id === workflow.versionId,
  changeSummary: version.changeSummary,
  createdBy: version.createdBy && formatId('user', version.createdBy),
  createdAt: version.createdAt.toISOString(),
});

export function toVersionDto(version: WorkflowVersionEntity, workflow: WorkflowEntity): WorkflowVersionDto {
  const { trigger, inputSchema = null, outputSchema = null, steps, graph, settings = {} } = version.definition;
  const summary = toVersionSummaryDto(version, workflow);
  return { ...summary, trigger, inputSchema, outputSchema, steps, graph: graph ? toGraphDto(graph) : null, settings };
}

export const toWorkflowDiffDto = (from: number, to: number, diff: DefinitionDiff): WorkflowDiffDto => ({
  from,
  to,
  ...diff,
});
