import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { type ChildWorkflow, conclude, startChild } from './child-workflow.js';
import { OrchestrationConfigDto } from './orchestration.config.dto.js';

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
      run: (input, execution) => startChild(input as unknown as ChildWorkflow, execution, detached),
      resume: async (_input, { children }) => conclude(await children.find()),
    };
  }
}

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
