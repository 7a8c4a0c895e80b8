import { Injectable } from '@nestjs/common';
import type {
  BlockContext,
  BlockOutcome,
  BlockType,
  ChildRun,
  CompileContext,
  CompiledBlock,
  GraphForm,
} from '#libs/block-kit';
import { formatId } from '#libs/ids';
import type { Json, JsonObject } from '#libs/json-guard';
import { OrchestrationConfigDto } from './orchestration.config.dto.js';

interface Resolved {
  workflowId: Json;
  input: Json;
}

@Injectable()
export class OrchestrationBlock implements BlockType {
  readonly type = 'orchestration';
  readonly aliases = ['sub_workflow', 'run_workflow'];
  readonly description = 'Runs another workflow and goes on with its output. While it waits it holds no worker.';
  readonly effect = 'external';
  readonly config = OrchestrationConfigDto;
  readonly graph: GraphForm = { toConfig, toData };
  readonly examples = [
    { config: { workflowId: 'wf_019b7c2e-4567-7abc-89ab-0123456789ab', input: { orderId: '{{input.orderId}}' } } },
    { config: { orchestration_id: '{{input.next}}', wait: false } },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { workflowId, orchestration_id: alias, wait } = config as OrchestrationConfigDto;
    const id = workflowId ?? alias;
    if (id === undefined || (workflowId !== undefined && alias !== undefined))
      context.fail('needs one workflowId', 'workflowId');
    const template = context.template({ workflowId: id, input: config['input'] ?? {} });
    const detached = wait === false;
    return {
      resolve: (scope) => template.resolve(scope),
      run: (input, execution) => start(input as unknown as Resolved, execution, detached),
      resume: async (_input, { children }) => conclude(await children.find()),
    };
  }
}

async function start(resolved: Resolved, context: BlockContext, detached: boolean): Promise<BlockOutcome> {
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

function conclude(child: ChildRun | null): BlockOutcome {
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

/** A text, as `message` or `input`, is the other workflow's variable `message`. */
function toConfig({ message, input, ...rest }: JsonObject): JsonObject {
  const given = input === undefined || input === null || input === '' ? message : input;
  if (typeof given !== 'string' || isLoneTemplate(given)) return { ...rest, ...(given && { input: given }) };
  return { ...rest, ...(given !== '' && { input: { message: given } }) };
}

const isLoneTemplate = (text: string): boolean => /^\s*\{\{(?:(?!\}\}).)*\}\}\s*$/s.test(text);

function toData(output: Json): JsonObject {
  const { runId = null, status = null, output: result = null } = output as JsonObject;
  return { output: result, status, run_id: runId };
}
