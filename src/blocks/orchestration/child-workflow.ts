import type { BlockContext, BlockOutcome, ChildRun } from '#libs/block-kit';
import { formatId } from '#libs/ids';
import type { Json } from '#libs/json-guard';

/** Another workflow, to be run below a step. */
export interface ChildWorkflow {
  workflowId: Json;
  input: Json;
}

/** Starts the run, unless an attempt before has. */
export async function startChild(
  resolved: ChildWorkflow,
  context: BlockContext,
  detached: boolean,
): Promise<BlockOutcome> {
  const { workflowId, input } = resolved;
  if (context.signal.aborted) return failed('ABORTED', 'The run ended.');
  if (typeof workflowId !== 'string') return failed('INVALID_INPUT', 'workflowId must be the id of a workflow');
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return failed('INVALID_INPUT', 'input must be an object');
  // A crash may have come after the run was started.
  const known = context.attempt > 1 ? await context.children.find() : null;
  if (known?.status === 'unfinished' || known?.status === 'completed') return detached ? sent(known) : conclude(known);
  const child = await context.children.start({ workflowId, input, detached });
  if ('refused' in child) return { kind: 'failed', error: child.refused, retryable: child.retryable };
  return detached ? sent(child) : conclude(child);
}

const sent = ({ id }: ChildRun): BlockOutcome => ({
  kind: 'done',
  output: { runId: formatId('run', id), status: 'pending', output: null },
});

/** What became of the run: the step's outcome, or parking again. */
export function conclude(child: ChildRun | null): BlockOutcome {
  if (!child) return failed('WORKFLOW_FAILED', 'The run that this step started does not exist any more.');
  const runId = formatId('run', child.id);
  if (child.status === 'unfinished') return { kind: 'wait', until: null, output: { runId }, resumes: true };
  if (child.status === 'completed')
    return { kind: 'done', output: { runId, status: 'completed', output: child.output } };
  const why = child.error ? `: ${causeOf(child.error.message)}` : '.';
  return { ...failed('WORKFLOW_FAILED', `Run ${runId} ended as ${child.status}${why}`), retryable: true };
}

/** Of runs that failed because one below them did, what that one says: which of them are above it their `parentRunId` tells. */
const causeOf = (message: string): string =>
  message.replace(/^(?:Step .{1,400}? failed: Run run_[\w-]+ ended as \w+: )+/, '');

const failed = (code: string, message: string): BlockOutcome & { kind: 'failed' } => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});
