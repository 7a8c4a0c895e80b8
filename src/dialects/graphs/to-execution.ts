import { parseId } from '#libs/ids';
import type { Json, JsonObject } from '#libs/json-guard';
import type { RunDto, RunWithPayloads } from '../../modules/runs/index.js';
import type { WorkflowDefinition } from '../../modules/workflows/index.js';
import { snapshotOf } from './config-snapshot.js';
import type { BlockLogDto, ExecutionDto, ExecutionFailureDto, ExecutionResultDto } from './dto/execution.dto.js';

type Step = RunDto['steps'][number];
type Source = Pick<WorkflowDefinition, 'graph' | 'steps'>;

const bareId = (id: string): string => parseId('run', id) ?? id;

/** @param source the definition that the run executed */
export const toExecutionResult = (run: RunDto, source: Source): ExecutionResultDto => ({
  execution_id: bareId(run.id),
  status: run.status,
  output: run.output,
  block_outputs: Object.fromEntries(run.steps.filter(hasEnded).map((step) => [step.id, dataOf(step, source)])),
  block_logs: toBlockLogs(run, source),
});

export function toBlockLogs({ steps }: Pick<RunDto, 'steps'>, source: Source): BlockLogDto[] {
  const written = new Map([...(source.graph?.blocks ?? []), ...source.steps].map((block) => [block.id, block]));
  const inOrder = steps.filter(hasEnded).sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''));
  return inOrder.map((step, index) => {
    return {
      block_id: step.id,
      block_type: step.type,
      block_name: step.name ?? step.type,
      status: step.error ? 'error' : 'success',
      duration_ms: step.durationMs,
      input: step.input,
      output: dataOf(step, source),
      error: step.error?.message ?? null,
      logs: step.logs,
      config_snapshot: snapshotOf(written.get(step.id)?.config ?? {}),
      execution_order: index + 1,
      agent_run_id: null,
    };
  });
}

/** It ran, and does no more. */
const hasEnded = ({ status }: Step): boolean => status === 'completed' || status === 'failed';

/** The steps of a graph put out their data; those of a list of steps, and of loops, their output alone. */
function dataOf({ id, output, error }: Step, { graph }: Source): Json {
  if (error && output === null) return { output: null, error: error.message };
  return graph?.blocks.some((block) => block.id === id) ? output : ({ output } satisfies JsonObject);
}

export const toExecutionDto = (run: RunWithPayloads): ExecutionDto => ({
  id: bareId(run.id),
  status: run.status === 'completed' ? 'completed' : run.completedAt === null ? 'running' : 'failed',
  input: run.input,
  output: run.output,
  error: run.error?.message ?? null,
  started_at: run.startedAt,
  completed_at: run.completedAt,
  created_at: run.createdAt,
});

/** A run that did not complete, or not in time, as it is answered. */
export interface FailedExecution {
  status: 500 | 504;
  body: ExecutionFailureDto;
}

/** Null for a run that has completed. @param run null: it goes on, longer than anybody waits */
export function toFailure(runId: string, run: Pick<RunDto, 'status' | 'error'> | null): FailedExecution | null {
  if (run?.status === 'completed') return null;
  const execution_id = bareId(runId);
  if (!run || run.status === 'timed_out') {
    const error = run?.error?.message ?? 'The workflow takes longer than 300 seconds; its execution goes on';
    return { status: 504, body: { error, error_code: 'EXECUTION_TIMEOUT', execution_id } };
  }
  const error = run.error?.message ?? 'Workflow execution failed';
  return { status: 500, body: { error, error_code: 'EXECUTION_FAILED', execution_id } };
}
