import { Injectable } from '@nestjs/common';
import type { Json } from '#libs/json-guard';
import type {
  PlatformAnswer,
  PlatformApi,
  PlatformRefusal,
  PlatformRequest,
  PlatformResource,
} from '#libs/platform-api';
import { DomainError } from '../../platform/errors/index.js';
import { assertScope, type Caller, forbidden, KeyCallers } from '../auth/index.js';
import { RunReader } from '../runs/index.js';
import { AgentOperations } from './agent-operations.js';
import type { Operations } from './operation.js';
import { RunOperations } from './run-operations.js';
import { WorkflowOperations } from './workflow-operations.js';

type RunPlace = Pick<PlatformRequest, 'organizationId' | 'runId'>;

/** Calls our own use cases as the key that started the run. */
@Injectable()
export class OwnApi implements PlatformApi {
  private readonly resources: Readonly<Record<PlatformResource, Operations>>;

  constructor(
    agents: AgentOperations,
    workflows: WorkflowOperations,
    runOperations: RunOperations,
    private readonly runs: RunReader,
    private readonly keys: KeyCallers,
  ) {
    this.resources = {
      agents: agents.operations,
      workflows: workflows.operations,
      runs: runOperations.operations,
    };
  }

  async call(request: PlatformRequest): Promise<PlatformAnswer | PlatformRefusal> {
    const operation = this.resources[request.resource][request.operation];
    if (!operation) throw new Error(`no operation ${request.resource}.${request.operation}`);
    try {
      const caller = await this.callerOf(request);
      assertScope(caller, ...operation.scopes);
      const body = await operation.execute(caller, { ...request, id: request.id ?? '' });
      return { status: operation.status ?? 200, body: asJson(body) };
    } catch (error) {
      return toRefusal(error);
    }
  }

  async mayRun(run: RunPlace, workflowId: string): Promise<PlatformRefusal | null> {
    const request = { body: {}, params: {}, idempotencyKey: '', id: workflowId };
    const answer = await this.call({ ...run, ...request, resource: 'workflows', operation: 'run' });
    return 'refused' in answer ? answer : null;
  }

  /** Whoever started the run, with what their key may do by now. Runs below it have the same key. */
  private async callerOf({ organizationId, runId }: RunPlace): Promise<Caller> {
    const keyId = await this.runs.findKeyId(organizationId, runId);
    if (keyId === null) {
      throw forbidden(
        'This run was started without an API key, by a schedule or a webhook, so its steps may not call the API. Start it with a key.',
      );
    }
    const caller = await this.keys.findCaller(organizationId, keyId);
    if (!caller) throw forbidden('The API key that started this run is revoked or expired.');
    return caller;
  }
}

/** As it would arrive over HTTP: without members that are undefined. */
const asJson = (body: object | null): Json => JSON.parse(JSON.stringify(body)) as Json;

function toRefusal(error: unknown): PlatformRefusal {
  if (!(error instanceof DomainError)) throw error;
  const details = (error.details ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  const message = details.length > 0 ? `${error.message}: ${details.join('; ')}` : error.message;
  return { refused: { code: error.code, message }, retryable: error.retryable };
}
