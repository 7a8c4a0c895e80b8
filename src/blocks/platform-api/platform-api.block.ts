import { Injectable } from '@nestjs/common';
import type { BlockContext, BlockOutcome, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import { type Json, type JsonObject, JsonGuardError, parseGuarded } from '#libs/json-guard';
import { needsId, PLATFORM_OPERATIONS, PlatformApi, type PlatformResource } from '#libs/platform-api';
import { conclude, startChild } from '../orchestration/child-workflow.js';
import { PLATFORM_API_IN_GRAPHS } from './graph-form.js';
import { PlatformApiConfigDto } from './platform-api.config.dto.js';

/** What a step calls, as far as no template decides it. */
interface Call {
  resource: PlatformResource;
  operation: string;
  /** Does not wait for a run that it starts. */
  detached: boolean;
}

@Injectable()
export class PlatformApiBlock implements BlockType {
  readonly type = 'platform_api';
  readonly description = "Calls this server's own API, as the API key that started the run.";
  readonly effect = 'external';
  readonly config = PlatformApiConfigDto;
  readonly graph = PLATFORM_API_IN_GRAPHS;
  readonly examples = [
    {
      config: { resource: 'agents', operation: 'create', body: { name: '{{input.name}}', instructions: 'Be brief.' } },
    },
    { config: { resource: 'runs', operation: 'list', params: { workflowId: '{{input.workflowId}}', limit: 10 } } },
    {
      config: {
        resource: 'workflows',
        operation: 'run',
        resourceId: 'wf_019b7c2e-4567-7abc-89ab-0123456789ab',
        body: { input: { orderId: '{{input.orderId}}' } },
        wait: false,
      },
    },
  ];

  constructor(private readonly api: PlatformApi) {}

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const call = toCall(config as unknown as PlatformApiConfigDto, context);
    const { resourceId = null, body = null, params = null } = config;
    const template = context.template({ resourceId, body, params });
    const runs = call.resource === 'workflows' && call.operation === 'run';
    return {
      resolve: (scope) => template.resolve(scope),
      run: (input, execution) => this.call(call, input as JsonObject, execution),
      ...(runs && { resume: async (_input, { children }) => answered(conclude(await children.find()), call) }),
    };
  }

  private async call(call: Call, input: JsonObject, context: BlockContext): Promise<BlockOutcome> {
    if (context.signal.aborted) return failed('ABORTED', 'The run ended.');
    const { resource, operation } = call;
    const id = textOf(input['resourceId'] ?? null);
    if (needsId(operation) && id === null)
      return failed('INVALID_INPUT', `resourceId must be the id of one of ${resource}`);
    const body = toObject(input['body'] ?? null);
    if (body === null) return failed('INVALID_INPUT', 'body must be an object, or the JSON text of one');
    if (resource === 'workflows' && operation === 'run') return this.runWorkflow(call, id ?? '', body, context);
    const { organizationId, runId, idempotencyKey } = context;
    const params = (input['params'] ?? {}) as JsonObject;
    const answer = await this.api.call({
      organizationId,
      runId,
      resource,
      operation,
      id,
      body,
      params,
      idempotencyKey,
    });
    if ('refused' in answer) return { kind: 'failed', error: answer.refused, retryable: answer.retryable };
    return { kind: 'done', output: { status: answer.status, body: answer.body } };
  }

  private async runWorkflow(call: Call, id: string, body: JsonObject, context: BlockContext): Promise<BlockOutcome> {
    const refusal = await this.api.mayRun(context, id);
    if (refusal) return { kind: 'failed', error: refusal.refused, retryable: refusal.retryable };
    const child = { workflowId: id, input: body['input'] ?? {} };
    return answered(await startChild(child, context, call.detached), call);
  }
}

/** The answer of `orchestration` as that of a call. */
const answered = (outcome: BlockOutcome, { detached }: Call): BlockOutcome =>
  outcome.kind === 'done' ? { ...outcome, output: { status: detached ? 202 : 200, body: outcome.output } } : outcome;

/** Refuses what no template can make right. */
function toCall({ resource, operation, resourceId, wait }: PlatformApiConfigDto, context: CompileContext): Call {
  const known: readonly string[] = PLATFORM_OPERATIONS[resource];
  if (!known.includes(operation)) context.fail(`must be one of ${known.join(', ')} for ${resource}`, 'operation');
  if (needsId(operation) && (resourceId ?? null) === null)
    context.fail(`is needed by the operation "${operation}"`, 'resourceId');
  return { resource, operation, detached: wait === false };
}

const textOf = (value: Json): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Null: it is none. */
function toObject(value: Json): JsonObject | null {
  if (value === null || value === '') return {};
  if (typeof value === 'string') {
    try {
      const parsed = parseGuarded(value);
      return typeof parsed === 'string' ? null : toObject(parsed);
    } catch (error) {
      if (!(error instanceof JsonGuardError)) throw error;
      return null;
    }
  }
  return typeof value === 'object' && !Array.isArray(value) ? value : null;
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});
