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
  readonly graph: GraphForm = {
    config: OrchestrationConfigDto,
    toConfig,
    compile: (config, context) => {
      const block = this.compile(config, context);
      return {
        ...block,
        resolve: (scope) => {
          const { input = null, ...rest } = block.resolve(scope) as JsonObject;
          return { ...rest, input: asVariables(input) };
        },
      };
    },
    toData,
  };
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

/** `message` is what `input` used to be called. */
function toConfig({ message = null, input = null, ...rest }: JsonObject): JsonObject {
  const given = isBlank(input) ? message : input;
  return { ...rest, ...(!isBlank(given) && { input: given }) };
}

const isBlank = (value: Json): boolean => value === null || value === '';

/** Of a graph's block, known when it is resolved: a text is the other workflow's variable `message`, nothing is no variables. */
function asVariables(input: Json): Json {
  if (input === null) return {};
  return typeof input === 'string' ? { message: input } : input;
}

function toData(output: Json): JsonObject {
  const { runId = null, status = null, output: result = null } = output as JsonObject;
  return { output: result, status, run_id: runId };
}
